// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { run } from './daemon.mjs';

/// Runs `cubestreamd --check=json`: {code, ms, good, checks by name, settings}.
export async function check(settings) {
  const { code, out, err, ms } = await run({ CS_HOST: '127.0.0.1', CS_PORT: '0', ...settings }, ['--check=json']);
  let document;
  try {
    document = JSON.parse(out);
  } catch {
    throw new Error(`no JSON (exit code ${code}):\n${out}\n${err}`);
  }
  assert.equal(code, document.good ? 0 : 1);
  return { code, ms, ...document, checks: Object.fromEntries(document.checks.map((each) => [each.name, each])) };
}

/// Asserts the verdict and the sentence of the check `name`.
export function expect({ checks }, name, verdict, sentence = /./) {
  assert.equal(checks[name]?.verdict, verdict, JSON.stringify(checks[name]));
  assert.match(checks[name].sentence, sentence);
}

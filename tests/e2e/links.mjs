// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { run } from './daemon.mjs';

/// Runs --sign-link for this server, whose CS_AUTH_TOKEN is `secret`, and returns the link.
export async function signLink(daemon, secret, ...words) {
  const { code, out, err } = await run(
    { CS_AUTH_TOKEN: secret, CS_HOST: '127.0.0.1', CS_PORT: daemon.port }, ['--sign-link', ...words]);
  assert.equal(code, 0, err);
  return out.trim();
}

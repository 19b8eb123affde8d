// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';

/// Appends a section to bench/RESULTS.md: when, which commit, which machine and command, and what was found.
export function record(command, text) {
  const git = (...args) => execFileSync('git', args, { cwd: new URL('.', import.meta.url), encoding: 'utf8' }).trim();
  const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', '..') ? ' and changes' : '');
  const [cpu] = cpus();
  const machine = `${cpus().length} cores of ${cpu.model.trim()}, no GPU used`;
  const head = `## ${new Date().toISOString().slice(0, 10)}, ${commit}\n\n${machine}; \`${command}\``;
  appendFileSync(new URL('RESULTS.md', import.meta.url), `\n${head}\n\n${text}\n`);
}

// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';

/// Wraps lines at 120 characters, except the rows of tables. No line begins with a token that Markdown reads as a list,
/// quotation or heading.
export function wrap(text) {
  const broken = (line) => line.split(/ +(?!(?:[-+*>|#=]|\d+[.)])(?: |$))/).reduce((lines, words) => {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${words}` : words;
    return longer.length <= 120 ? [...lines.slice(0, -1), longer] : [...lines, words];
  }, []);
  const all = (line) => (line.startsWith('|') || line.length <= 120 ? [line] : broken(line));
  return text.split('\n').flatMap(all).join('\n');
}

/// Appends a section to bench/RESULTS.md: date, commit, machine, command and result.
export function record(command, text) {
  const git = (...args) => execFileSync('git', args, { cwd: new URL('.', import.meta.url), encoding: 'utf8' }).trim();
  const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', '..') ? ' and changes' : '');
  const [cpu] = cpus();
  const machine = `${cpus().length} cores of ${cpu.model.trim()}, no GPU used`;
  const head = `## ${new Date().toISOString().slice(0, 10)}, ${commit}\n\n${machine}; \`${command}\``;
  appendFileSync(new URL('RESULTS.md', import.meta.url), wrap(`\n${head}\n\n${text}\n`));
}

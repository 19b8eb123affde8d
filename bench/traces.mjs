// SPDX-License-Identifier: MIT
// node bench/traces.mjs [--record]
// Plots how the bandwidth estimate follows simulated networks (bench/traces, tests/fakes). The result is deterministic.
// --record appends it to bench/RESULTS.md. Needs the release build with its tests.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { percentile, plot } from './numbers.mjs';
import { record } from './record.mjs';

const kTraces = fileURLToPath(new URL('../build/release/bench/traces', import.meta.url));
const kLetters = ['*', 'o'];

function draw({ what, points }) {
  const flows = points[0].length - 3;
  const series = [{ letter: '-', points: points.map(([at, carries]) => [at, carries]) }];
  for (let i = 0; i < flows; ++i) series.push({ letter: kLetters[i], points: points.map((point) => [point[0], point[2 + i]]) });
  const waits = points.map((point) => point.at(-1));
  return [`${what}; queueing delay (p95 of each second), p50 ${percentile(waits, 0.5).toFixed(0)} ms, ` +
    `p95 ${percentile(waits, 0.95).toFixed(0)} ms:`, '', '```', plot(series, { high: 12 }), '```', ''];
}

const text = ['Free rate of the link (-, capped at 6000) and received rate of the stream (*; o: of a second one), ' +
  'kbit/s over seconds.',
  '', ...execFileSync(kTraces, { encoding: 'utf8' }).trim().split('\n').map(JSON.parse).flatMap(draw)].join('\n').trim();
console.log(text);
if (process.argv.includes('--record')) record('node bench/traces.mjs', text);

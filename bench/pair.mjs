// SPDX-License-Identifier: MIT
// BASELINE=PATH node bench/pair.mjs [--record] [--runs 4] [--seconds 20]
// Compares the CPU time of this build with that of the cubestreamd at PATH, of another commit. Both run at the same time
// with one viewer each, so a busy or slow machine affects both; the next run starts them in the other order. Needs the
// release build with its tests and `npm ci` in tests/e2e (scripts/setup.sh test).
import { setTimeout as sleep } from 'node:timers/promises';
import { Receivers } from '../tests/e2e/receivers.mjs';
import { median } from './numbers.mjs';
import { threads } from './process.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';

const kSettle = 2000; // ms after the viewers have joined

/// CPU in % of a core: one {name: share} per system, in the order of `pair`.
async function run(pair, seconds) {
  const receivers = Receivers.start();
  const servers = [];
  try {
    for (const system of pair) {
      servers.push(await system.start());
      await servers.at(-1).join(receivers);
    }
    await sleep(kSettle);
    const before = servers.map(({ pid }) => threads(pid));
    await sleep(1000 * seconds);
    return servers.map(({ pid }, i) => Object.fromEntries(Object.entries(threads(pid))
      .map(([name, total]) => [name, (100 * (total - (before[i][name] ?? 0))) / seconds])));
  } finally {
    await receivers.stop();
    for (const server of servers) await server.stop();
  }
}

const numbers = { runs: 4, seconds: 20 };
let isRecorded = false;
for (let args = process.argv.slice(2); args.length > 0; args = args.slice(1)) {
  if (args[0] === '--record') isRecorded = true;
  else if (numbers[args[0].slice(2)] && Number(args[1]) > 0) [numbers[args[0].slice(2)], args] = [Number(args[1]), args.slice(1)];
  else numbers.runs = 0;
}
if (!process.env.BASELINE || numbers.runs === 0) {
  console.error('usage: BASELINE=PATH node bench/pair.mjs [--record] [--runs R] [--seconds S]');
  process.exit(2);
}
process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes

const sum = (shares) => Object.values(shares).reduce((total, share) => total + share, 0);
const found = [];
for (let i = 0; i < numbers.runs; ++i) {
  const shares = await run(i % 2 === 0 ? systems : systems.toReversed(), numbers.seconds);
  found.push(i % 2 === 0 ? shares : shares.toReversed());
}
const rows = ['all', ...Object.keys(found[0][0])].map((name) => {
  const of = (shares) => (name === 'all' ? sum(shares) : shares[name] ?? 0);
  return [name, median(found.map(([here]) => of(here))), median(found.map(([, there]) => of(there))),
    median(found.map(([here, there]) => of(here) / of(there)))];
}).filter(([, here]) => here >= 0.5);
const text = [
  `Both at once, one viewer each, 1280x720 at 30; CPU in % of a core, medians of ${numbers.runs} runs of ` +
    `${numbers.seconds} s; the ratio is the median of the runs' ratios.`, '',
  '| thread | cubestream | baseline | ratio |', '|---|---|---|---|',
  ...rows.map(([name, here, there, ratio]) => `| ${name} | ${here.toFixed(1)} | ${there.toFixed(1)} | ${ratio.toFixed(3)} |`),
].join('\n');
console.log(text);
if (isRecorded) record(`BASELINE=${process.env.BASELINE} node bench/pair.mjs`, text);

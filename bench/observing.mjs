// SPDX-License-Identifier: MIT
// node bench/observing.mjs [--record] [--runs 5] [--seconds 20] [cpu|scrape]…
// Measures the cost of observing the service. cpu: the daemon's CPU time with one viewer of 720p30, observed
// (log at info in JSON, /metrics read once a second) or not (log at error, nothing read), in alternating runs.
// scrape: the duration of GET /metrics with 60 viewers, and the longest gap between their frames with and without it.
// --record appends it to bench/RESULTS.md. Needs the release build with its tests, and `npm ci` in tests/e2e
// (scripts/setup.sh test).
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { median, percentile } from './numbers.mjs';
import { freePort } from './process.mjs';
import { record } from './record.mjs';
import { kSettings } from './systems.mjs';

const kSettle = 3000; // ms after the last viewer has joined
const kViewers = 60;
const kScrapeEvery = 1000; // ms; the default of Prometheus is one minute
const kMostCpu = 1.02; // limit, relative to the CPU of the unobserved daemon
const kMostMs = 10; // longest allowed duration of a scrape

const kUnobserved = { CS_LOG_LEVEL: 'error', CS_LOG_FORMAT: 'json' };
const kObserved = { CS_LOG_LEVEL: 'info', CS_LOG_FORMAT: 'json' };

/// Runs `use` with a daemon and its viewers. At level error the daemon does not log its address, so the port is chosen
/// here.
async function withDaemon(settings, viewers, use) {
  const port = await freePort();
  const daemon = await Daemon.start({ ...kSettings, ...settings, CS_PORT: String(port) });
  const receivers = Receivers.start();
  try {
    for (let i = 0; i < viewers; ++i) await receivers.join(daemon.url);
    await sleep(kSettle);
    return await use(daemon, receivers);
  } finally {
    await receivers.stop();
    const { code } = await daemon.stop();
    if (code !== 0) throw new Error(`the daemon exited with code ${code}:\n${daemon.tail()}`);
  }
}

/// Reads /metrics once a second; returns the durations in ms, and the size of the last reply.
async function scrape(daemon, seconds) {
  const times = [];
  let bytes = 0;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const began = performance.now();
    bytes = (await daemon.get('metrics')).text.length;
    times.push(performance.now() - began);
    await sleep(Math.max(0, Math.min(kScrapeEvery, end - began) - (performance.now() - began)));
  }
  return { times, bytes };
}

/// Returns the daemon's CPU time, in percent of a core.
async function share(daemon, seconds, meanwhile) {
  const [cpu, began] = [daemon.cpuSeconds, performance.now()];
  await meanwhile(seconds);
  return (100 * (daemon.cpuSeconds - cpu)) / ((performance.now() - began) / 1000);
}

async function cpu({ runs, seconds }) {
  const [load] = loadavg();
  const pairs = [];
  for (let run = 1; run <= runs; ++run) {
    console.error(`cpu, run ${run} of ${runs}`);
    const unobserved = () => withDaemon(kUnobserved, 1, (daemon) => share(daemon, seconds, (s) => sleep(1000 * s)));
    const observed = () => withDaemon(kObserved, 1, (daemon) => share(daemon, seconds, (s) => scrape(daemon, s)));
    // The order alternates, because the first run has the cooler machine.
    const first = await (run % 2 ? unobserved : observed)();
    const second = await (run % 2 ? observed : unobserved)();
    pairs.push(run % 2 ? { a: first, b: second } : { a: second, b: first });
  }
  const ratio = median(pairs.map(({ a, b }) => b / a));
  const row = (of) => `${median(pairs.map(of)).toFixed(2)} (${pairs.map((pair) => of(pair).toFixed(2)).join(', ')})`;
  return {
    text: [`CPU of the daemon with one viewer, 1280x720 at 30, in % of one core; medians of ${runs} alternating runs of ` +
      `${seconds} s. Load average before: ${load.toFixed(1)}.`, '', '| | CPU |', '|---|---|',
    `| A: log at error, nothing read | ${row(({ a }) => a)} |`,
    `| B: log at info in JSON, /metrics read once a second | ${row(({ b }) => b)} |`,
    `| B / A (must be at most ${kMostCpu}) | ${row(({ a, b }) => b / a)}: ${ratio <= kMostCpu ? 'reached' : '**missed**'} |`].join('\n'),
    good: ratio <= kMostCpu,
  };
}

/// The longest gap between two frames of any new viewer, in ms.
async function longestGap(receivers) {
  return Math.max(...(await receivers.look()).receivers.map(({ longest_gap_ms: gap }) => gap));
}

async function scrapes({ runs, seconds }) {
  const [load] = loadavg();
  const all = [];
  for (let run = 1; run <= runs; ++run) {
    console.error(`scrape, run ${run} of ${runs}`);
    const quiet = () => withDaemon(kObserved, kViewers, async (daemon, receivers) => {
      await sleep(1000 * seconds);
      return longestGap(receivers);
    });
    const read = () => withDaemon(kObserved, kViewers, async (daemon, receivers) => {
      const found = await scrape(daemon, seconds);
      return { ...found, gap: await longestGap(receivers) };
    });
    const first = await (run % 2 ? quiet : read)();
    const second = await (run % 2 ? read : quiet)();
    all.push(run % 2 ? { gap: first, read: second } : { gap: second, read: first });
  }
  const times = all.flatMap(({ read }) => read.times);
  const good = percentile(times, 0.95) < kMostMs;
  return {
    text: [`GET /metrics once a second with ${kViewers} viewers, in ${runs} runs of ${seconds} s; gaps since ` +
      `each viewer joined. Load average before: ${load.toFixed(1)}.`, '', '| | |', '|---|---|',
    `| size | ${(all[0].read.bytes / 1024).toFixed(1)} KB |`,
    `| time, p50 / p95 / longest, ms (p95 must be under ${kMostMs}) | ${median(times).toFixed(1)} / ` +
      `${percentile(times, 0.95).toFixed(1)} / ${Math.max(...times).toFixed(1)}: ${good ? 'reached' : '**missed**'} |`,
    `| longest gap between two frames of any viewer, no reads, ms | ${median(all.map(({ gap }) => gap)).toFixed(0)} |`,
    `| … while /metrics is read, ms | ${median(all.map(({ read }) => read.gap)).toFixed(0)} |`].join('\n'),
    good,
  };
}

const figures = { cpu, scrape: scrapes };

function parseArguments(args) {
  const asked = { record: false, runs: 5, seconds: 20, words: [] };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--runs') asked.runs = Number(args[++i]);
    else if (args[i] === '--seconds') asked.seconds = Number(args[++i]);
    else if (figures[args[i]]) asked.words.push(args[i]);
    else return null;
  }
  const whole = [asked.runs, asked.seconds].every((n) => Number.isInteger(n) && n > 0);
  return whole ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error(`usage: node bench/observing.mjs [--record] [--runs R] [--seconds S] [${Object.keys(figures).join('|')}]…`);
  process.exit(2);
}
if (!existsSync(kReceivers)) {
  console.error(`${kReceivers} is not built; cmake --preset release && cmake --build build/release builds it`);
  process.exit(1);
}
const texts = [];
for (const word of asked.words.length > 0 ? asked.words : Object.keys(figures)) {
  const { text, good } = await figures[word](asked);
  console.log(text);
  texts.push(text);
  if (!good) process.exitCode = 1;
}
if (asked.record) {
  const words = process.argv.slice(2).filter((word) => word !== '--record');
  record(['node bench/observing.mjs', ...words].join(' '), texts.join('\n\n'));
}

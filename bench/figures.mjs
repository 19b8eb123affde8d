// SPDX-License-Identifier: MIT
// node bench/figures.mjs [--record] [WORD…]
// Measures the release binary (or the one named by CUBESTREAMD) on this machine and prints a table. Figures: idle watch
// start answer cycles; the default is all. --record appends it to bench/RESULTS.md. Needs `npm ci` in tests/e2e
// (scripts/setup.sh test).
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, openPage, openRaw, playing } from '../tests/e2e/browser.mjs';
import { cycle, plan } from '../tests/e2e/cycles.mjs';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { median } from './numbers.mjs';
import { record } from './record.mjs';

const kFresh = 10; // processes, for figures measured once per process
const kCycles = 200;
const kSeed = 20;

/// Runs `measure` with its own daemon, which must exit with code 0.
async function withDaemon(measure, settings) {
  const daemon = await Daemon.start(settings);
  try {
    return await measure(daemon);
  } finally {
    const { code } = await daemon.stop();
    if (code !== 0) throw new Error(`the daemon exited with code ${code}:\n${daemon.tail()}`);
  }
}

async function withBrowser(measure) {
  const browser = await launchBrowser();
  try {
    return await measure(await browser.newContext({ viewport: { width: 1280, height: 720 } }));
  } finally {
    await browser.close();
  }
}

/// Each figure returns {what, must, measured, good}.
const figures = {
  idle: () => withDaemon(async (daemon) => {
    await sleep(2000); // the daemon has started up
    const before = daemon.cpuSeconds;
    const began = performance.now();
    await sleep(30_000);
    const percent = (100 * (daemon.cpuSeconds - before)) / ((performance.now() - began) / 1000);
    const { encoders_running: encoders } = await daemon.metrics();
    return {
      what: 'no viewers, 30 s',
      must: 'under 1 % of a core, 0 encoders',
      measured: `${percent.toFixed(2)} %, ${encoders} encoders`,
      good: percent < 1 && encoders === 0,
    };
  }),

  watch: () => withDaemon((daemon) => withBrowser(async (context) => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    await sleep(2000); // the browser has started up
    const sample = () => page.evaluate(async () => {
      const { freezeCount, totalFreezesDuration, framesDecoded, framesDropped } = await window.cubestream.stats();
      return { at: performance.now(), shown: window.cubestream.framesPresented, freezeCount, totalFreezesDuration,
        framesDecoded, framesDropped };
    });
    const before = await sample();
    const cpuBefore = daemon.cpuSeconds;
    await sleep(60_000);
    const cpu = daemon.cpuSeconds - cpuBefore;
    const after = await sample();
    const seconds = (after.at - before.at) / 1000;
    const rate = (name) => (after[name] - before[name]) / seconds;
    const freezes = after.freezeCount - before.freezeCount;
    const frozen = after.totalFreezesDuration - before.totalFreezesDuration;
    return {
      what: 'one Chromium, 1280x720 at 30, 60 s',
      must: '30 frames presented per second, 0 freezes',
      measured: `${rate('shown').toFixed(2)} presented and ${rate('framesDecoded').toFixed(2)} decoded per second, ` +
        `${freezes} freezes (${frozen.toFixed(2)} s); daemon ${((100 * cpu) / seconds).toFixed(0)} % of a core`,
      good: rate('shown') > 29.9 && freezes === 0,
    };
  })),

  start: async () => {
    const times = [];
    await withDaemon(() => {}); // warms up the disk cache
    for (let i = 0; i < kFresh; ++i) times.push(await withDaemon((daemon) => daemon.startedIn));
    return {
      what: 'process start to HTTP server open, warm',
      must: 'under 1.5 s',
      measured: `median ${median(times).toFixed(0)} ms, longest ${Math.max(...times).toFixed(0)} ms of ${kFresh}`,
      good: Math.max(...times) < 1500,
    };
  },

  answer: () => withBrowser(async (context) => {
    const times = [];
    for (let i = 0; i < kFresh; ++i)
      times.push(await withDaemon(async (daemon) => {
        const page = await openPage(context, daemon.url);
        const { message } = await daemon.line(/answered in [\d.]+ ms/, { name: /^viewer/ });
        await page.close();
        return Number(message.match(/answered in ([\d.]+) ms/)[1]);
      }));
    return {
      what: 'first viewer of a fresh process, offer received to answer sent',
      must: 'under 30 ms',
      measured: `median ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms of ${kFresh}`,
      good: median(times) < 30, // the browser starts at the same time, on the same cores
    };
  }),

  cycles: () => withDaemon((daemon) => withBrowser(async (context) => {
    const start = await daemon.look();
    for (const step of plan(kCycles, kSeed)) await cycle(context, daemon.url, step);
    const rested = (now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.threads <= start.threads &&
      now.descriptors <= start.descriptors;
    const end = await daemon.until(rested).catch(() => daemon.look());
    return {
      what: `${kCycles} connect/leave cycles at random steps`,
      must: 'threads and descriptors back to the start, 0 webrtcbins',
      measured: `threads ${start.threads} → ${end.threads}, descriptors ${start.descriptors} → ${end.descriptors}, ` +
        `${end.webrtcbins_alive} webrtcbins`,
      good: rested(end),
    };
  })),
};

const words = process.argv.slice(2).filter((word) => word !== '--record');
const wanted = words.length > 0 ? words : Object.keys(figures);
for (const word of wanted)
  if (!figures[word]) {
    console.error(`unknown figure "${word}"; known: ${Object.keys(figures).join(', ')}`);
    process.exit(2);
  }

const rows = ['| figure | requirement | measured | |', '|---|---|---|---|'];
console.log(rows.join('\n'));
let missed = 0;
for (const word of wanted) {
  const { what, must, measured, good } = await figures[word]();
  rows.push(`| ${what} | ${must} | ${measured} | ${good ? 'reached' : '**missed**'} |`);
  console.log(rows.at(-1));
  if (!good) missed += 1;
}

if (process.argv.includes('--record')) record(['node bench/figures.mjs', ...words].join(' '), rows.join('\n'));
process.exitCode = missed > 0 ? 1 : 0;

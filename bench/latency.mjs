// SPDX-License-Identifier: MIT
// node bench/latency.mjs [--record] [--runs 5] [--joins 20] [WORD…]
// Measures in a browser on this machine the latency of frames and the time to the first frame, compared with other
// servers that send the same video. Formats: 720p30 720p60 1080p30; the default is all. "steady" runs cubestream
// alone for ten minutes. --record appends it to bench/RESULTS.md. Needs the release build with its tests, `npm ci` in
// tests/e2e (scripts/setup.sh test), and for the comparison Debian's package "janus".
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { table } from './latency_table.mjs';
import { Pages } from './pages.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';
import { visit, watch, withBrowser } from './visits.mjs';

const kFormats = {
  '720p30': { CS_WIDTH: '1280', CS_HEIGHT: '720', CS_FPS: '30' },
  '720p60': { CS_WIDTH: '1280', CS_HEIGHT: '720', CS_FPS: '60' },
  '1080p30': { CS_WIDTH: '1920', CS_HEIGHT: '1080', CS_FPS: '30' },
};
const kSettle = 3000; // ms until the browser has started up
const kMeasure = 10_000; // ms
const kLeave = 300; // ms until a server has noticed that a viewer has left
const kKeyframePeriod = 1000; // ms; the visits are spread over this period
const kGoldenRatio = (Math.sqrt(5) - 1) / 2; // its multiples spread evenly
const kSteady = 600_000; // ms

const kWords = `A frame is presented when it is submitted to the browser's compositor, without the screen's refresh.
Glass to glass is the time from the stamp in the frame (wall clock at the start of rendering, truncated to whole
milliseconds) until then. The phase between source and 60 Hz compositor drifts, so single runs say little: these are
medians of alternating runs (min–max). Joins are pooled: half without another viewer, half with one.
"An encoder each" is the pipeline of the tutorials (bench/textbook/peer.hpp). Janus' CPU includes its feed, which makes
one keyframe per second, because it receives no keyframe requests.`;

/// Runs `use` with a server and a browser, and stops both afterwards.
async function withSystem(system, format, use) {
  const server = await system.start({ ...kFormats[format], CS_FRAME_STAMP: '1' });
  try {
    return await withBrowser((context) => use(context, server));
  } finally {
    await server.stop();
  }
}

/// Makes `count` visits, each of which ends with its first frame: {joins: [{navigation, socket, watched}, …], failed}.
async function visitRepeatedly(context, address, count) {
  const found = { joins: [], failed: 0 };
  let watcher = null;
  for (let i = 0; i < count; ++i) {
    if (!watcher && i >= count / 2) watcher = await visit(context, address);
    await sleep(kLeave + kKeyframePeriod * ((i * kGoldenRatio) % 1));
    try {
      const { page, navigation, socket } = await visit(context, address);
      found.joins.push({ navigation, socket, watched: watcher !== null });
      await page.close();
    } catch (error) {
      console.error(error.message);
      found.failed += 1;
    }
  }
  return found;
}

async function runOnce(system, format, pages, joins) {
  return withSystem(system, format, async (context, server) => {
    const address = server.page(pages);
    const { page, ...cold } = await visit(context, address);
    await sleep(kSettle);
    const watched = await watch(page, server, kMeasure);
    await page.close();
    return { ...watched, cold, ...await visitRepeatedly(context, address, joins) };
  });
}

async function compare(format, { runs, joins }) {
  const usable = systems.filter(({ obstacle }) => !obstacle);
  const results = Object.fromEntries(usable.map(({ name }) => [name, []]));
  const [load] = loadavg();
  const pages = await Pages.start();
  try {
    for (let run = 0; run < runs; ++run)
      for (let i = 0; i < usable.length; ++i) {
        const system = usable[(run + i) % usable.length]; // another system comes first in each run
        results[system.name].push(await runOnce(system, format, pages, joins));
        const { p50, p95 } = results[system.name].at(-1);
        console.error(`${format}, run ${run + 1} of ${runs}: ${system.name} ${p50.toFixed(1)} / ${p95.toFixed(1)} ms`);
      }
  } finally {
    await pages.stop();
  }
  const { text, good } = table(format, results);
  const missing = systems.filter(({ obstacle }) => obstacle)
    .map(({ name, obstacle }) => `Without ${name}: ${obstacle}.`);
  const head = `${format}; ${runs} runs of ${kMeasure / 1000} s with ${joins} joins each. Load average before: ` +
    `${load.toFixed(1)}.`;
  return { text: [...missing, head, '', text].join('\n'), good };
}

async function steady() {
  return withSystem(systems[0], '720p30', async (context, server) => {
    const { page } = await visit(context, server.page());
    await sleep(kSettle);
    const { freezes, gaps, longestGap, rate, p50, p95, p99 } = await watch(page, server, kSteady);
    const good = freezes === 0 && gaps === 0;
    const [median, high, highest, longest] = [p50, p95, p99, longestGap].map((ms) => ms.toFixed(1));
    return {
      text: `cubestream, 720p30, ${kSteady / 60_000} minutes on loopback: ${freezes} freezes and ${gaps} gaps of ` +
        `more than 150 ms (must be 0: ${good ? 'reached' : '**missed**'}), longest gap ${longest} ms, ${rate.toFixed(2)} ` +
        `frames presented per second, glass to glass p50 ${median}, p95 ${high}, p99 ${highest} ms.`,
      good,
    };
  });
}

function parseArguments(args) {
  const asked = { record: false, runs: 5, joins: 20, words: [] };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--runs') asked.runs = Number(args[++i]);
    else if (args[i] === '--joins') asked.joins = Number(args[++i]);
    else if (kFormats[args[i]] || args[i] === 'steady') asked.words.push(args[i]);
    else return null;
  }
  if (asked.words.length === 0) asked.words = Object.keys(kFormats);
  return [asked.runs, asked.joins].every((count) => Number.isInteger(count) && count > 0) ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error('usage: node bench/latency.mjs [--record] [--runs R] [--joins J] ' +
    `[${[...Object.keys(kFormats), 'steady'].join('|')}]…`);
  process.exit(2);
}
const texts = asked.words.every((word) => word === 'steady') ? [] : [kWords];
for (const word of asked.words) {
  const { text, good } = word === 'steady' ? await steady() : await compare(word, asked);
  console.log(`${text}\n`);
  texts.push(text);
  if (!good) process.exitCode = 1;
}
if (asked.record) {
  const words = process.argv.slice(2).filter((word) => word !== '--record');
  record(['node bench/latency.mjs', ...words].join(' '), texts.join('\n\n'));
}

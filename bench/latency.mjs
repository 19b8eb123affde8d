// SPDX-License-Identifier: MIT
// node bench/latency.mjs [--record] [--runs 5] [--joins 20] [WORD…]
// Measures in a browser on this machine how old pictures are when they are shown and how soon the first one is, beside
// other servers that show the same: 720p30 720p60 1080p30, or those of them that are named. "steady" is cubestream
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
const kSettle = 3000; // ms; the browser's own start is over
const kMeasure = 10_000; // ms
const kLeave = 300; // ms until a server knows that somebody left
const kKeyframePeriod = 1000; // ms; visitors come at every phase of it
const kGoldenRatio = (Math.sqrt(5) - 1) / 2; // whose multiples spread evenly
const kSteady = 600_000; // ms

const kWords = `Presented is what was submitted to the browser's compositor; the screen's own refresh is not in it.
Glass to glass is from there back to the stamp in the picture, the wall clock when its drawing began, cut to whole
milliseconds. How a source and a compositor of 60 Hz stand to each other wanders, so single runs say little: these are
medians of alternating runs (least–most). Joins are pooled: half of them come when nobody watches, half beside a viewer.
"An encoder each" is the pipeline of the tutorials (bench/textbook/peer.hpp). Janus' CPU has its feed in it, which makes
a keyframe a second, as nobody can ask it for one.`;

/// A server and a browser, which end however `use` ends.
async function withSystem(system, format, use) {
  const server = await system.start({ ...kFormats[format], CS_FRAME_STAMP: '1' });
  try {
    return await withBrowser((context) => use(context, server));
  } finally {
    await server.stop();
  }
}

/// Visits that each end with their first picture: {joins: [{navigation, socket, watched}, …], failed}.
async function comeAndGo(context, address, count) {
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
    return { ...watched, cold, ...await comeAndGo(context, address, joins) };
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
        const system = usable[(run + i) % usable.length]; // none always comes first
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
        `pictures presented a second, glass to glass p50 ${median}, p95 ${high}, p99 ${highest} ms.`,
      good,
    };
  });
}

function understand(args) {
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

process.once('SIGINT', () => process.exit(130)); // which lets go of what was started
const asked = understand(process.argv.slice(2));
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

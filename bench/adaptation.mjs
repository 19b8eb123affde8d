// SPDX-License-Identifier: MIT
// node bench/adaptation.mjs [--record] [WORD…]
// What becomes of the picture when the network carries less than the whole of it, in Chromium behind a simulated link
// (tests/net): fall sudden slow loss two many cpu, or those of them that are named. --record appends it to
// bench/RESULTS.md. As root; needs the release build with its tests and `npm ci` in tests/e2e (scripts/setup.sh test).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { behindLink, browse, kSeed } from './behind_link.mjs';
import { summary } from './glass.mjs';
import { median, percentile, plot } from './numbers.mjs';
import { examine } from './process.mjs';
import { record } from './record.mjs';
import { visit } from './visits.mjs';

const kPathMs = 10; // each way
const kCeiling = 4000; // kbit/s
const kSettle = 8000; // ms; the browser's own start is over
const kLookEvery = 500; // ms
const kQueueMs = 300; // what a link's queue holds
const kMany = 20;
const kFirst = 5000; // ms after a change
const kTimes = 3;
const kGap = 150; // ms without a picture
const kLongQueue = 100; // ms
const kCrowd = fileURLToPath(new URL('crowd.mjs', import.meta.url));
const kWide = { rate: 1e9, queue: 1e6 };

const settings = { CS_BITRATE_KBPS: String(kCeiling) };
const of = (rate) => ({ down: { rate, queue: Math.max(20_000, (rate / 8) * (kQueueMs / 1000)) } });
const kbit = (value) => `${(value / 1000).toFixed(0)} kbit/s`;
const ms = (value) => `${value.toFixed(0)} ms`;

/// What is sent to the one viewer, each moment of so many milliseconds: [[seconds, bit/s], …] from `began` on.
async function follow({ daemon, status }, began, milliseconds) {
  const points = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const at = Math.round((performance.now() - began) / 100) / 10;
    const [viewer] = (await status(daemon)).viewers;
    points.push([at, viewer.bytesPerSecond * 8, viewer.picture.width]);
    await sleep(kLookEvery - ((performance.now() - began) % kLookEvery));
  }
  return points;
}

/// After how many seconds nine tenths of the `former` points' rate are sent again.
function regained(points, former, since) {
  const wanted = 0.9 * median(former.map(([, sending]) => sending));
  const back = points.find(([, sending]) => sending > wanted);
  return back ? back[0] - since : Infinity;
}

/// Of the pictures of so long: when they were received after their drawing, and so on.
async function watchFor(page, milliseconds, meanwhile = () => sleep(milliseconds)) {
  const take = async () => ({ cpu: 0, ...await page.evaluate(() => window.meter.take()) });
  const before = await take();
  const result = await meanwhile();
  return [summary(before, await take()), result];
}

function fall() {
  return behindLink({ delay: kPathMs, settings }, async (scene) => {
    const { link, viewer, daemon, ends } = scene;
    await link.set({ down: kWide });
    const { page } = await visit(await browse(viewer, ends), daemon.url);
    await sleep(kSettle);
    const began = performance.now();
    const former = await follow(scene, began, 5000);
    const rate = 2e6;
    await link.set(of(rate));
    const fell = (performance.now() - began) / 1000;
    const soon = await follow(scene, began, 5000);
    const bytes = (await link.stats()).down.bytesOut;
    const [seen, steady] = await watchFor(page, 0, () => follow(scene, began, 30_000));
    const used = (8 * ((await link.stats()).down.bytesOut - bytes)) / 30 / rate;
    await link.set({ down: kWide });
    const rose = (performance.now() - began) / 1000;
    const later = await follow(scene, began, 25_000);
    const below = soon.find(([, sending], i) => sending < rate && soon.slice(i).every(([, next]) => next < rate));
    const after = below ? below[0] - fell : Infinity;
    const restored = regained(later, former, rose);
    const points = [...former, ...soon, ...steady, ...later];
    const carried = points.map(([at]) => [at, at >= fell && at < rose ? rate / 1000 : kCeiling]);
    return {
      rows: [
        ['link falls to 2 Mbit/s', 'sends less within 2 s', `after ${after.toFixed(1)} s (means of a second)`, after <= 2],
        ['… and stays there for 30 s', 'packets wait under 60 ms, p95; 80 % of it used',
          `the slowest twentieth of the pictures takes ${ms(seen.waited)} longer on its way than the fastest; ` +
            `${(100 * used).toFixed(0)} % used; ${seen.rate.toFixed(1)} pictures a second, longest gap ` +
            `${ms(seen.longestGap)}, glass to glass p50 ${ms(seen.p50)}, p95 ${ms(seen.p95)}`, seen.waited < 60 && used >= 0.8],
        ['… and is as before', '90 % of the former rate within 20 s', `after ${restored.toFixed(1)} s`, restored <= 20],
      ],
      plot: plot([{ letter: '-', points: carried }, { letter: '*', points: points.map(([at, sending]) => [at, sending / 1000]) }],
        { high: 12 }),
    };
  });
}

/// What a page shows in the first moments with a link of that rate, after a wide one; {longestGap, inGaps, count, queued},
/// the last of which is for how long the link's queue was long.
async function fallTo(rate, { link, daemon }, context) {
  await link.set({ down: kWide });
  const { page } = await visit(context, daemon.url);
  await sleep(kSettle);
  await page.evaluate(() => window.meter.take());
  await sleep(kLookEvery);
  await link.set(of(rate));
  const queues = [];
  for (const end = performance.now() + kFirst; performance.now() < end; await sleep(20))
    queues.push((await link.stats()).down.queueMs);
  const { pictures } = await page.evaluate(() => window.meter.take());
  await page.close();
  const gaps = pictures.slice(1).map(({ at }, i) => at - pictures[i].at);
  return {
    longestGap: Math.max(...gaps),
    inGaps: gaps.filter((gap) => gap > kGap).reduce((sum, gap) => sum + gap, 0),
    count: pictures.length,
    queued: (kFirst * queues.filter((queue) => queue > kLongQueue).length) / queues.length,
  };
}

function sudden() {
  return behindLink({ delay: kPathMs, settings }, async (scene) => {
    const context = await browse(scene.viewer, scene.ends);
    const rows = [];
    for (const rate of [2e6, 800e3, 300e3]) {
      const times = [];
      for (let i = 0; i < kTimes; ++i) times.push(await fallTo(rate, scene, context));
      const all = (name) => times.map((one) => one[name].toFixed(0)).join(', ');
      rows.push([`a link falls to ${kbit(rate)}, the first ${kFirst / 1000} s, ${kTimes} times`, 'no gap over a second',
        `longest gap ${all('longestGap')} ms; all gaps over ${kGap} ms together ${all('inGaps')} ms; pictures ` +
          `${all('count')}; the link's queue is longer than ${kLongQueue} ms for ${all('queued')} ms`,
        times.every(({ longestGap }) => longestGap <= 1000)]);
    }
    return { rows };
  });
}

function slow() {
  return behindLink({ delay: kPathMs, settings }, async (scene) => {
    const { link, viewer, daemon, ends, status } = scene;
    const { page } = await visit(await browse(viewer, ends), daemon.url);
    await sleep(kSettle);
    const began = performance.now();
    const former = await follow(scene, began, 5000);
    await link.set(of(300e3));
    await sleep(10_000);
    const [seen] = await watchFor(page, 40_000);
    const [{ picture }] = (await status(daemon)).viewers;
    await link.set({ down: kWide });
    const rose = (performance.now() - began) / 1000;
    const restored = regained(await follow(scene, began, 30_000), former, rose);
    return { rows: [
      ['a link of 300 kbit/s', '10 pictures a second; glass to glass p95 under 400 ms',
        `${seen.rate.toFixed(1)} pictures a second of ${picture.width}x${picture.height}, glass to glass p50 ` +
          `${ms(seen.p50)}, p95 ${ms(seen.p95)}, longest gap ${ms(seen.longestGap)}`, seen.rate >= 10 && seen.p95 < 400],
      ['… and is as before', '90 % of the former rate within 20 s', `after ${restored.toFixed(1)} s`, restored <= 20],
    ] };
  });
}

function loss() {
  return behindLink({ delay: 20, settings }, async ({ link, viewer, daemon, ends }) => {
    const { page } = await visit(await browse(viewer, ends), daemon.url);
    await sleep(kSettle);
    await link.set({ loss: 0.1 });
    const [seen] = await watchFor(page, 60_000);
    return { rows: [['10 % of the packets lost, both ways, 40 ms there and back', 'no gap over 500 ms in 60 s',
      `${seen.stalls} such gaps, longest ${ms(seen.longestGap)}; ${seen.rate.toFixed(1)} pictures a second, ` +
        `${kbit(1000 * seen.kbit)}`, seen.stalls === 0]] };
  });
}

function two() {
  return behindLink({ delay: kPathMs, settings }, async ({ link, viewer, daemon, start, ends }) => {
    const context = await browse(viewer, ends);
    await link.set(of(4e6));
    const pages = [];
    for (const each of [daemon, await start({})]) pages.push((await visit(context, each.url)).page);
    await sleep(20_000);
    const bytes = () => Promise.all(pages.map(async (page) => (await page.evaluate(() => window.cubestream.stats())).bytesReceived));
    const before = await bytes();
    await sleep(30_000);
    const got = (await bytes()).map((value, i) => value - before[i]);
    const shares = got.map((value) => (100 * value) / (got[0] + got[1]));
    return { rows: [['two daemons over one link of 4 Mbit/s', 'each between 35 and 65 % after 20 s',
      `${shares.map((share) => share.toFixed(0)).join(' and ')} %, together ${kbit((8 * (got[0] + got[1])) / 30)}`,
      shares.every((share) => share >= 35 && share <= 65)]] };
  });
}

/// Viewers on the server's machine, on whom the link has no bearing: {look(), stop()}.
async function crowd(server, url, count) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...server.inside, process.execPath, kCrowd, url, String(count)],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'here') throw new Error('the crowd did not come');
  return {
    look: async () => {
      child.stdin.write('look\n');
      return JSON.parse((await lines.next()).value).receivers;
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

function many() {
  return behindLink({ delay: kPathMs, settings }, async ({ server, link, viewer, daemon, ends, status }) => {
    const others = await crowd(server, daemon.url, kMany);
    ends.push(others.stop);
    const { page } = await visit(await browse(viewer, ends), daemon.url);
    await sleep(kSettle);
    /// What the crowd gets while the one is looked at: a picture's width, once each so often.
    const follow = async (milliseconds) => {
      const [began, before] = [performance.now(), await others.look()];
      const widths = [];
      while (performance.now() - began < milliseconds) {
        const shown = await page.evaluate(() => window.cubestream.video.videoWidth);
        widths.push([(performance.now() - began) / 1000, shown]);
        await sleep(100);
      }
      const [after, seconds] = [await others.look(), (performance.now() - began) / 1000];
      const rates = (name) => after.map((one, i) => (one[name] - before[i][name]) / seconds);
      return { widths, fewest: Math.min(...rates('pictures')), kbit: (8 * mean(rates('bytes'))) / 1000 };
    };
    const alone = await follow(15_000);
    await link.set(of(800e3));
    const { widths, ...beside } = await follow(15_000);
    const [moved] = widths.find(([, width]) => width < 1280) ?? [Infinity];
    const { viewers } = await status(daemon);
    const full = viewers.filter(({ picture }) => picture.width === 1280).length;
    const good = moved <= 3 && full === kMany && beside.fewest > 0.97 * alone.fewest && beside.kbit > 0.97 * alone.kbit;
    return { rows: [[`${kMany} viewers on a fast link, one whose link falls to 800 kbit/s`,
      'the others lose no rate and no quality; the one moves within 3 s',
      `the one shows ${widths.at(-1)[1]} across, after ${moved.toFixed(1)} s; the others ${full} times 1280, who gets fewest ` +
        `${beside.fewest.toFixed(1)} pictures a second (before ${alone.fewest.toFixed(1)}), ` +
        `${kbit(1000 * beside.kbit)} each (before ${kbit(1000 * alone.kbit)})`, good]] };
  });
}

function cpu() {
  return behindLink({ delay: kPathMs, settings }, async ({ server, link, viewer, daemon, ends, status }) => {
    const here = await browse(server, ends);
    await visit(here, daemon.url);
    await sleep(kSettle);
    const load = async () => {
      const before = examine(daemon.pid).cpuSeconds;
      await sleep(20_000);
      return (100 * (examine(daemon.pid).cpuSeconds - before)) / 20;
    };
    const one = [await load()];
    await visit(await browse(viewer, ends), daemon.url);
    await link.set(of(1e6));
    await sleep(10_000);
    const both = [await load(), await load()];
    const sizes = (await status(daemon)).viewers.map(({ picture }) => picture.width);
    await ends.pop()(); // the second browser
    await sleep(12_000);
    one.push(await load());
    const more = (mean(both) / mean(one) - 1) * 100;
    return { rows: [['a second viewer, on the half stream, beside one on the full one', 'under 35 % more of the daemon\'s CPU',
      `${more.toFixed(0)} % more (${one.map((value) => value.toFixed(1)).join(', ')} % of a core alone, ` +
        `${both.map((value) => value.toFixed(1)).join(', ')} with both, of widths ${sizes.join(' and ')})`,
      more < 35 && sizes[1] === 640]] };
  });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const scenes = { fall, sudden, slow, loss, two, many, cpu };

process.once('SIGINT', () => process.exit(130)); // which lets go of what was started
const args = process.argv.slice(2);
const words = args.filter((word) => word !== '--record');
if (!words.every((word) => word in scenes)) {
  console.error(`usage: node bench/adaptation.mjs [--record] [${Object.keys(scenes).join('|')}]…`);
  process.exit(2);
}
const lines = ['| what | must reach | measured | load | |', '|---|---|---|---|---|'];
const plots = [];
console.log(lines.join('\n'));
for (const word of words.length > 0 ? words : Object.keys(scenes)) {
  const { rows, plot: drawn } = await scenes[word]()
    .catch((error) => ({ rows: [[word, '', error.message.split('\n')[0], false]] }));
  for (const [what, must, measured, good] of rows) {
    lines.push(`| ${what} | ${must} | ${measured} | ${loadavg()[0].toFixed(1)} | ${good ? 'reached' : '**missed**'} |`);
    console.log(lines.at(-1));
    if (!good) process.exitCode = 1;
  }
  if (drawn) plots.push('', 'What the link carries (-, at most the ceiling) and what is sent (*), kbit/s against seconds:', '',
    '```', drawn, '```');
}
console.log(plots.join('\n'));
if (args.includes('--record'))
  record(['node bench/adaptation.mjs', ...words].join(' '), [`1280x720 at 30, at most ${kCeiling} kbit/s; the path takes ` +
    `${kPathMs} ms each way where nothing else is said, a queue holds ${kQueueMs} ms; seed ${kSeed}; load average behind each row.`,
    '', ...lines, ...plots].join('\n'));

// SPDX-License-Identifier: MIT
// node bench/adaptation.mjs [--record] [WORD…]
// Measures the adaptation to slow networks in Chromium behind a simulated link (tests/net). Scenarios: fall sudden slow
// loss two many cpu; the default is all. --record appends it to bench/RESULTS.md. Run as root; needs the release
// build with its tests and `npm ci` in tests/e2e (scripts/setup.sh test).
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
const kSettle = 8000; // ms until the browser has started up
const kLookEvery = 500; // ms
const kQueueMs = 300; // capacity of a link's queue
const kMany = 20;
const kFirst = 5000; // ms after a change of the link
const kTimes = 3;
const kGap = 150; // ms without a frame
const kLongQueue = 100; // ms
const kCrowd = fileURLToPath(new URL('crowd.mjs', import.meta.url));
const kWide = { rate: 1e9, queue: 1e6 };

const settings = { CS_BITRATE_KBPS: String(kCeiling) };
const of = (rate) => ({ down: { rate, queue: Math.max(20_000, (rate / 8) * (kQueueMs / 1000)) } });
const kbit = (value) => `${(value / 1000).toFixed(0)} kbit/s`;
const ms = (value) => `${value.toFixed(0)} ms`;

/// Samples the server's send rate to the viewer for a time in milliseconds: [[seconds since `began`, bit/s, width], …].
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

/// Returns the seconds from `since` until the send rate is back at 90 % of the `former` points' median.
function regained(points, former, since) {
  const wanted = 0.9 * median(former.map(([, sending]) => sending));
  const back = points.find(([, sending]) => sending > wanted);
  return back ? back[0] - since : Infinity;
}

/// Returns the summary of the frames shown in the meantime, and the result of `meanwhile`.
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
        ['link falls to 2 Mbit/s', 'send rate below the link within 2 s',
          `after ${after.toFixed(1)} s (averages over one second)`, after <= 2],
        ['… and stays there for 30 s', 'queueing delay under 60 ms, p95; 80 % of the link used',
          `network delay of the frames, p95 minus p5: ${ms(seen.waited)}; ` +
            `${(100 * used).toFixed(0)} % used; ${seen.rate.toFixed(1)} frames/s, longest gap ` +
            `${ms(seen.longestGap)}, glass to glass p50 ${ms(seen.p50)}, p95 ${ms(seen.p95)}`, seen.waited < 60 && used >= 0.8],
        ['… and recovers', '90 % of the former rate within 20 s', `after ${restored.toFixed(1)} s`, restored <= 20],
      ],
      plot: plot([{ letter: '-', points: carried }, { letter: '*', points: points.map(([at, sending]) => [at, sending / 1000]) }],
        { high: 12 }),
    };
  });
}

/// Measures a page in the first moments after the link falls to `rate`; {longestGap, inGaps, count, queued (how long
/// the link's queue was long, ms)}.
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
        `longest gap ${all('longestGap')} ms; sum of all gaps over ${kGap} ms: ${all('inGaps')} ms; frames: `  +
          `${all('count')}; time with a queue over ${kLongQueue} ms: ${all('queued')} ms`,
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
      ['a link of 300 kbit/s', '10 frames/s; glass to glass p95 under 400 ms',
        `${seen.rate.toFixed(1)} frames/s of ${picture.width}x${picture.height}, glass to glass p50 ` +
          `${ms(seen.p50)}, p95 ${ms(seen.p95)}, longest gap ${ms(seen.longestGap)}`, seen.rate >= 10 && seen.p95 < 400],
      ['… and recovers', '90 % of the former rate within 20 s', `after ${restored.toFixed(1)} s`, restored <= 20],
    ] };
  });
}

function loss() {
  return behindLink({ delay: 20, settings }, async ({ link, viewer, daemon, ends }) => {
    const { page } = await visit(await browse(viewer, ends), daemon.url);
    await sleep(kSettle);
    await link.set({ loss: 0.1 });
    const [seen] = await watchFor(page, 60_000);
    return { rows: [['10 % packet loss in both directions, round trip 40 ms', 'no gap over 500 ms in 60 s',
      `${seen.stalls} such gaps, longest ${ms(seen.longestGap)}; ${seen.rate.toFixed(1)} frames/s, ` +
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
    return { rows: [['two daemons share a link of 4 Mbit/s', 'each between 35 and 65 % after 20 s',
      `${shares.map((share) => share.toFixed(0)).join(' and ')} %, together ${kbit((8 * (got[0] + got[1])) / 30)}`,
      shares.every((share) => share >= 35 && share <= 65)]] };
  });
}

/// Viewers on the server's machine, which the link does not affect: {look(), stop()}.
async function crowd(server, url, count) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...server.inside, process.execPath, kCrowd, url, String(count)],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'here')
    throw new Error('bench/crowd.mjs: no "here" line; the viewers did not start');
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
    /// Returns the rates of the crowd, and every 100 ms the frame width on the one page.
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
    return { rows: [[`${kMany} viewers on a fast link, one viewer whose link falls to 800 kbit/s`,
      'the others keep frame rate and bit rate; the one viewer moves down within 3 s',
      `the one viewer: width ${widths.at(-1)[1]} after ${moved.toFixed(1)} s; ${full} of the others at width 1280, ` +
        `fewest frames: ${beside.fewest.toFixed(1)} frames/s (before ${alone.fewest.toFixed(1)}), ` +
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
    await ends.pop()(); // closes the second browser
    await sleep(12_000);
    one.push(await load());
    const more = (mean(both) / mean(one) - 1) * 100;
    return { rows: [['a second viewer on the half-size stream, in addition to one on the full stream',
      'under 35 % more CPU of the daemon',
      `${more.toFixed(0)} % more (${one.map((value) => value.toFixed(1)).join(', ')} % of a core with one viewer, ` +
        `${both.map((value) => value.toFixed(1)).join(', ')} with both; widths ${sizes.join(' and ')})`,
      more < 35 && sizes[1] === 640]] };
  });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const scenes = { fall, sudden, slow, loss, two, many, cpu };

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const args = process.argv.slice(2);
const words = args.filter((word) => word !== '--record');
if (!words.every((word) => word in scenes)) {
  console.error(`usage: node bench/adaptation.mjs [--record] [${Object.keys(scenes).join('|')}]…`);
  process.exit(2);
}
const lines = ['| scenario | requirement | measured | load | |', '|---|---|---|---|---|'];
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
  if (drawn) plots.push('', 'Link rate (-, capped at the ceiling) and send rate (*), kbit/s over seconds:', '',
    '```', drawn, '```');
}
console.log(plots.join('\n'));
if (args.includes('--record'))
  record(['node bench/adaptation.mjs', ...words].join(' '), [`1280x720 at 30, at most ${kCeiling} kbit/s; path delay ` +
    `${kPathMs} ms each way unless noted, queue capacity ${kQueueMs} ms; seed ${kSeed}; load average after each row.`,
    '', ...lines, ...plots].join('\n'));

// SPDX-License-Identifier: MIT
// node bench/external.mjs [--record] [--runs 5] [WORD…]
// Measures frames of other programs (CS_SCENE=external) beside the built-in scene, or beside the encoder alone, in the
// same run. Figures: glass hd floor idle unchanged restart; the default is all. --record appends it to
// bench/RESULTS.md. Needs the release build with its tests, `npm ci` in tests/e2e (scripts/setup.sh test), a C
// compiler, and Debian's package "python3-numpy" (PYTHON=PATH: of another Python).
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { compare } from './comparison.mjs';
import { hold } from './hold.mjs';
import { Process, examine, threads } from './process.mjs';
import { producers, pythonObstacle, startBeside } from './producers.mjs';
import { record } from './record.mjs';
import { measureRestart } from './restart.mjs';
import { kSettings, systems } from './systems.mjs';
import { visit, watch, withBrowser } from './visits.mjs';

const kSettle = 3000; // ms until browser, encoder and producer have started up
const kMeasure = 10_000; // ms
const kIdle = 30_000; // ms
const kLeft = 5000; // ms after the last viewer has left
const kEnough = 29; // frames per second; a daemon that skips frames would look cheap
const kEncodeOnly = process.env.ENCODE_ONLY ??
  fileURLToPath(new URL('../build/release/bench/encode_only', import.meta.url));

const cube = { name: 'built-in cube', start: systems[0].start };
const python = { name: 'Python, RGBA', start: (settings) => startBeside(producers.numpyPlasma, settings) };
const c = { name: 'C, I420', start: (settings) => startBeside(producers.cPlasma, settings) };

/// Runs `use` with a server and a viewer that does not decode, and stops both afterwards.
async function withViewer(start, settings, use) {
  const server = await start(settings);
  const receivers = Receivers.start();
  try {
    await receivers.join(server.url);
    await server.shows?.();
    await sleep(kSettle);
    return await use(server, receivers);
  } finally {
    await receivers.stop();
    await server.stop();
  }
}

/// Glass to glass in a browser.
async function measureGlass({ start }) {
  const server = await start({ CS_FRAME_STAMP: '1' });
  try {
    return await withBrowser(async (context) => {
      const { page } = await visit(context, server.page());
      await server.shows?.();
      await sleep(kSettle);
      return await watch(page, server, kMeasure);
    });
  } finally {
    await server.stop();
  }
}

/// The daemon with the C producer, one viewer.
async function startFloorDaemon() {
  const server = await c.start({});
  const receivers = Receivers.start();
  const stop = async () => {
    await receivers.stop();
    await server.stop();
  };
  try {
    await receivers.join(server.url);
    await server.shows();
  } catch (error) {
    await stop();
    throw error;
  }
  return { measure: () => hold(server, receivers, kMeasure), stop };
}

/// The encoder alone. Its thread "draw" does what the producer does for the daemon, so its time does not count.
async function startEncodeOnly() {
  const encoder = Process.start(kEncodeOnly, [], kSettings);
  await encoder.line(/^encoding/);
  const result = {};
  return {
    measure: async () => {
      const [began, before] = [performance.now(), threads(encoder.pid)];
      await sleep(kMeasure);
      const [ended, after] = [performance.now(), threads(encoder.pid)];
      const share = (name) => (100 * (after[name] - (before[name] ?? 0))) / ((ended - began) / 1000);
      const all = Object.keys(after).filter((name) => name !== 'draw').map(share);
      return Object.assign(result, { cpu: all.reduce((a, b) => a + b), feed: share('draw') });
    },
    stop: async () => {
      await encoder.stop();
      const said = (await encoder.line(/^encoded/)).match(/^encoded (\d+) frames, (\d+) bytes in ([\d.]+) s/);
      const [, frames, bytes, seconds] = said.map(Number);
      Object.assign(result, { fewest: frames / seconds, kbit: (8 * bytes) / 1000 / seconds });
    },
  };
}

/// Both at the same time.
async function measureFloor(kinds) {
  const running = [];
  try {
    for (const { start } of kinds) running.push(await start());
    await sleep(kSettle);
    return await Promise.all(running.map(({ measure }) => measure()));
  } finally {
    for (const one of running) await one.stop(); // completes the figures of the encoder
  }
}

/// All at the same time, after a viewer of each has come and gone.
async function measureIdle(kinds) {
  const servers = [];
  const receivers = Receivers.start();
  try {
    for (const { start } of kinds) {
      servers.push(await start({}));
      const { id } = await receivers.join(servers.at(-1).url);
      await servers.at(-1).shows?.();
      await sleep(kSettle);
      receivers.leave(id);
    }
    await sleep(kLeft);
    const cpuOf = (pid) => (pid ? examine(pid).cpuSeconds : NaN);
    const look = () => servers.map(({ pid, feedPid }) => [cpuOf(pid), cpuOf(feedPid)]);
    const [began, before] = [performance.now(), look()];
    await sleep(kIdle);
    const [ended, after] = [performance.now(), look()];
    const share = (i, which) => (100 * (after[i][which] - before[i][which])) / ((ended - began) / 1000);
    return await Promise.all(servers.map(async (server, i) =>
      ({ cpu: share(i, 0), feed: share(i, 1), viewers: (await server.status()).viewers.length })));
  } finally {
    await receivers.stop();
    for (const server of servers) await server.stop();
  }
}

/// Frames of the producer that were found to be unchanged.
async function unchangedFrames({ url }) {
  const text = await (await fetch(new URL('metrics', url))).text();
  return Number(text.match(/^cubestream_producer_frames_unchanged_total (\S+)/m)[1]);
}

function measureUnchanged({ start }) {
  return withViewer(start, {}, async (server, receivers) => {
    const [began, before] = [performance.now(), await unchangedFrames(server)];
    const held = await hold(server, receivers, kMeasure);
    const seconds = (performance.now() - began) / 1000;
    return { ...held, unchanged: (await unchangedFrames(server) - before) / seconds };
  });
}

const still = (name, producer) => ({ name, start: (settings) => startBeside(producer, settings) });
const kStill = [
  still('flag "unchanged"', producers.unchanged),
  still('same picture, I420', producers.sameI420),
  still('same picture, RGBA', producers.sameRgba),
];

/// The same limit for each of these kinds.
const each = (kinds, limit) => Object.fromEntries(kinds.map(({ name }) => [name, limit]));

const kFloor = [{ name: 'encoder alone', start: startEncodeOnly }, { name: 'daemon', start: startFloorDaemon }];

const kRestart = [{ name: 'measured' }];

const comparisons = {
  glass: {
    head: '1280x720 at 30 in a browser on this machine, glass to glass as in bench/latency.mjs; of a producer, from ' +
      'the time when it says that drawing began. The pictures differ: the producers draw a plasma. ' +
      `${kMeasure / 1000} s each.`,
    kinds: [cube, python, c],
    measure: measureGlass,
    rows: [
      { what: 'p50, ms', of: ({ p50 }) => p50 },
      { what: 'p95, ms', of: ({ p95 }) => p95 },
      {
        what: 'p50, more than the cube, ms',
        of: ({ p50 }, first) => p50 - first.p50,
        most: { ...each([python], 3), ...each([c], 1) },
      },
      { what: 'p95, more than the cube, ms', of: ({ p95 }, first) => p95 - first.p95 },
      { what: 'start of drawing to last packet received, p50, ms', of: ({ received }) => received },
      { what: 'received to decoded, p50, ms', of: ({ decoded }) => decoded },
      { what: 'decoded to presented, p50, ms', of: ({ shown }) => shown },
      { what: 'encode, p50, ms', of: ({ stages }) => stages?.encode?.p50Ms },
      { what: 'frames presented per second', of: ({ rate }) => rate, digits: 2 },
      { what: 'gaps of more than 150 ms', of: ({ gaps }) => gaps, digits: 0 },
      { what: 'CPU without the browser, % of a core', of: ({ cpu }) => cpu },
      { what: 'kbit/s', of: ({ kbit }) => kbit, digits: 0 },
    ],
  },
  hd: {
    head: '1920x1080 at 30, one viewer that does not decode, one after the other, ' +
      `${kMeasure / 1000} s each; CPU in % of a core.`,
    kinds: [cube, python],
    measure: ({ start }) => withViewer(start, { CS_WIDTH: '1920', CS_HEIGHT: '1080' },
      (server, receivers) => hold(server, receivers, kMeasure)),
    rows: [
      { what: 'CPU of the daemon', of: ({ cpu }) => cpu },
      { what: 'relative to the cube', of: ({ cpu }, first) => cpu / first.cpu, digits: 2, most: { [python.name]: 1 } },
      { what: 'CPU of the producer', of: ({ feed }) => feed || NaN },
      { what: 'frames/s received', of: ({ fewest }) => fewest, digits: 2, least: each([python], kEnough) },
      { what: 'kbit/s', of: ({ kbit }) => kbit, digits: 0 },
    ],
  },
  floor: {
    head: 'The daemon with the C producer and one viewer that does not decode, and `appsrc ! x264enc ! fakesink` with ' +
      `the same settings and the same pictures, both at once for ${kMeasure / 1000} s; 1280x720 at 30, CPU in % of a core.`,
    kinds: kFloor,
    together: measureFloor,
    rows: [
      { what: 'CPU', of: ({ cpu }) => cpu },
      {
        what: 'relative to the encoder alone',
        of: ({ cpu }, first) => cpu / first.cpu,
        digits: 2,
        most: { daemon: 1.3 },
      },
      { what: 'CPU for drawing, not in the above', of: ({ feed }) => feed },
      { what: 'frames/s', of: ({ fewest }) => fewest, digits: 2, least: { daemon: kEnough } },
      { what: 'kbit/s', of: ({ kbit }) => kbit, digits: 0 },
    ],
  },
  idle: {
    head: `No viewers, from ${kLeft / 1000} s after the last one has left, all at once for ${kIdle / 1000} s; ` +
      'CPU in % of a core.',
    kinds: [cube, python, c],
    together: measureIdle,
    rows: [
      { what: 'CPU of the daemon', of: ({ cpu }) => cpu, digits: 2, most: each([python, c], 1) },
      { what: 'CPU of the producer', of: ({ feed }) => feed, digits: 2, most: each([python, c], 1) },
      { what: 'viewers', of: ({ viewers }) => viewers, digits: 0, most: each([python, c], 0) },
    ],
  },
  unchanged: {
    head: 'A picture that does not change, 1280x720 at 30, beside the moving picture of the C producer; one viewer ' +
      `that does not decode, one after the other, ${kMeasure / 1000} s each; CPU in % of a core.`,
    kinds: [c, ...kStill],
    measure: measureUnchanged,
    rows: [
      { what: 'CPU of the daemon', of: ({ cpu }) => cpu, digits: 2, most: each(kStill, 3) },
      { what: 'kbit/s', of: ({ kbit }) => kbit, most: each(kStill, 20) },
      { what: 'unchanged frames/s', of: ({ unchanged }) => unchanged, digits: 2, least: each(kStill, kEnough) },
      { what: 'frames/s received', of: ({ pictures }) => pictures, digits: 2 },
    ],
  },
  restart: {
    head: 'The Python producer is killed (SIGKILL) while a browser watches, and started again after 2 s.',
    kinds: kRestart,
    measure: measureRestart,
    rows: [
      {
        what: 'from its death to the words on the page, fully visible, ms',
        of: ({ words }) => words,
        digits: 0,
        most: each(kRestart, 1000),
      },
      { what: 'the last picture stays (1: yes)', of: ({ stays }) => stays, digits: 0, least: each(kRestart, 1) },
      {
        what: 'from its first frame to a moving picture, ms',
        of: ({ moving }) => moving,
        digits: 0,
        most: each(kRestart, 500),
      },
      { what: 'from its start to a moving picture, ms', of: ({ whole }) => whole, digits: 0 },
      { what: 'reconnects', of: ({ reconnects }) => reconnects, digits: 0, most: each(kRestart, 0) },
    ],
  },
};

function parseArguments(args) {
  const asked = { record: false, runs: 5, words: [] };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--runs') asked.runs = Number(args[++i]);
    else if (Object.hasOwn(comparisons, args[i])) asked.words.push(args[i]);
    else return null;
  }
  if (asked.words.length === 0) asked.words = Object.keys(comparisons);
  return Number.isInteger(asked.runs) && asked.runs > 0 ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error(`usage: node bench/external.mjs [--record] [--runs R] [${Object.keys(comparisons).join('|')}]…`);
  process.exit(2);
}
const obstacle = [kReceivers, kEncodeOnly].filter((path) => !existsSync(path))
  .map((path) => `${path} is not built; cmake --preset release && cmake --build build/release builds it`)[0] ??
  pythonObstacle();
if (obstacle) {
  console.error(obstacle);
  process.exit(1);
}
const texts = [];
for (const word of asked.words) {
  const { text, good } = await compare(comparisons[word], asked.runs);
  console.log(`${text}\n`);
  texts.push(text);
  if (!good) process.exitCode = 1;
}
if (asked.record) {
  const words = process.argv.slice(2).filter((word) => word !== '--record');
  record(['node bench/external.mjs', ...words].join(' '), texts.join('\n\n'));
}

// SPDX-License-Identifier: MIT
// node bench/input.mjs [--record] [--runs 5] [--seconds 10] [--rate 20] [720p60|720p30]…
// node bench/input.mjs --moves 1000 [--record] [--runs 5] [--seconds 10]
// Measures in a browser on this machine the time from input to photon, beside a viewer of the same scene that gets JPEG
// pictures by WebSocket, in alternating runs. --rate: moves of the mouse per second. With --moves, it measures instead
// what that many moves per second, as of a fast mouse, cost beside none. --record appends it to bench/RESULTS.md. Needs
// the release build, `npm ci` in tests/e2e (scripts/setup.sh test), and Debian's package "python3-numpy" (PYTHON=PATH:
// of another Python).
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../tests/e2e/browser.mjs';
import { compare } from './comparison.mjs';
import { delaysOf, growthOf, isTorn } from './input_delays.mjs';
import { percentile } from './numbers.mjs';
import { Pages } from './pages.mjs';
import { examine, threads } from './process.mjs';
import { producers, pythonObstacle, startBeside, startJpeg } from './producers.mjs';
import { record } from './record.mjs';

const kMeter = fileURLToPath(new URL('pages/input_meter.js', import.meta.url));
const kWindow = { width: 1280, height: 720 };
const kSize = { CS_WIDTH: '1280', CS_HEIGHT: '720' };
const kSettle = 3000; // ms until the browser has started up
const kLate = 500; // ms until the last move is shown, at most
const kTimeLimit = 20_000; // ms until a picture shows a move
const kLook = 100; // ms
const kEnough = 0.95; // share of the frame rate; a server that skips frames would look fast

const kFormats = {
  '720p60': { settings: { ...kSize, CS_FPS: '60' }, most: { p50: 25, p95: 40 } },
  '720p30': { settings: { ...kSize, CS_FPS: '30' }, most: { p50: 35, p95: 55 } },
};
const kMostRatio = 0.6;
const kMostCpu = 2; // % of a core more with moves than without
const kMostBatches = 1.02; // per animation frame of the page
const kMostGrowth = 5; // ms of delay, from the first third of the time to the last one

const kWords = `Input to photon is the time from the time stamp of the input event in Chromium to the presentation of
the first picture that shows it. The scene, a plasma drawn by numpy, writes the pointer's x into the picture in black
and white, and the page reads it from each picture. A frame of a video is presented when it is submitted to the browser's
compositor; a JPEG when it is drawn, or when the update of the page begins that shows it, whichever is later. Both
without the screen's refresh. The JPEG server encodes with quality 80 (GStreamer's jpegenc), reads input right before
it draws, and has at most two pictures under way.`;

// Places of the pointer that follow each other at a distance and do not repeat soon: whole pixels, and 1/65535 of the
// width.
const kPixels = Array.from({ length: 1152 }, (_, i) => 64 + ((i * 7) % 1152));
const kPlaces = Array.from({ length: 7168 }, (_, i) => 4096 + 8 * ((i * 3001) % 7168));

const cubestream = {
  name: 'cubestream',
  start: (settings) => startBeside(producers.pointer, {
    ...settings, CS_BITRATE_KBPS: '4000', CS_FRAME_STAMP: '1', CS_CONTROL: 'one',
  }),
};
const jpeg = { name: 'JPEG by WebSocket', start: startJpeg };

/// Moves the mouse by the DevTools protocol, `rate` times per second on average, at random phases.
class Mouse {
  #devtools;
  #rate;
  #moves = 0;

  static async of(page, rate) {
    const mouse = new Mouse();
    mouse.#devtools = await page.context().newCDPSession(page);
    mouse.#rate = rate;
    return mouse;
  }

  /// Until the time is over, or `isEnough()` resolves with true.
  async move(milliseconds, isEnough = () => false) {
    const end = performance.now() + milliseconds;
    const sent = [];
    while (performance.now() < end && !await isEnough()) {
      const x = kPixels[this.#moves++ % kPixels.length];
      sent.push(this.#devtools.send('Input.dispatchMouseEvent',
        { type: 'mouseMoved', x, y: kWindow.height / 2, button: 'none', pointerType: 'mouse' }));
      sent.at(-1).catch(() => {}); // the end of this function throws it
      await sleep(((0.5 + Math.random()) * 1000) / this.#rate);
    }
    await Promise.all(sent);
  }
}

/// Runs `use(page, server, mouse)` with a server and a browser that shows its page, once pictures show moves.
async function withPage(kind, settings, rate, use) {
  const ends = [];
  try {
    const pages = await Pages.start();
    ends.push(() => pages.stop());
    const server = await kind.start(settings);
    ends.push(() => server.stop());
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    const context = await browser.newContext({ viewport: kWindow });
    await context.addInitScript({ path: kMeter });
    const page = await context.newPage();
    await page.goto(server.page(pages));
    await server.shows?.();
    const mouse = await Mouse.of(page, rate);
    const works = () => page.evaluate(() => window.inputMeter.works);
    await mouse.move(kTimeLimit, works);
    if (!await works())
      throw new Error(`${kind.name}: no picture shows a move within ${kTimeLimit / 1000} s\n` +
        (server.tail ?? (() => server.producer.tail()))());
    await sleep(kSettle);
    return await use(page, server, mouse);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/// CPU time of the server and its producer so far, in seconds.
const cpuOf = ({ pid, feedPid }) => [pid, feedPid].filter(Boolean).reduce((sum, id) => sum + examine(id).cpuSeconds, 0);

/// Received bytes of the video, and the page's own measurement of input; nothing for a page without them.
function ask(page) {
  return page.evaluate(async () => {
    const own = window.cubestream;
    if (!own) return {};
    const { bytesReceived = 0 } = (await own.stats()) ?? {};
    return { bytesReceived, own: own.input ?? (await own.measurements()).input ?? null };
  });
}

function measureDelay(kind, settings, { rate, seconds }) {
  return withPage(kind, settings, rate, async (page, server, mouse) => {
    await page.evaluate(() => { window.inputMeter.take(); });
    const [began, cpu, before] = [performance.now(), cpuOf(server), await ask(page)];
    await mouse.move(1000 * seconds);
    await sleep(kLate);
    const { moves, pictures, bytes } = await page.evaluate(() => window.inputMeter.take());
    const took = (performance.now() - began) / 1000;
    const after = await ask(page);
    const delays = delaysOf(moves, pictures).map(({ ms }) => ms);
    if (delays.length === 0) throw new Error(`${kind.name}: no picture shows any of ${moves.length} moves`);
    const received = bytes + (after.bytesReceived ?? 0) - (before.bytesReceived ?? 0);
    const found = {
      p50: percentile(delays, 0.5),
      p95: percentile(delays, 0.95),
      shown: (100 * delays.length) / moves.length,
      fps: (1000 * (pictures.length - 1)) / (pictures.at(-1).at - pictures[0].at),
      torn: (100 * pictures.filter(isTorn(pictures)).length) / pictures.length,
      cpu: (100 * (cpuOf(server) - cpu)) / took,
      mbit: (8 * received) / 1e6 / took,
      own: after.own,
    };
    console.error(`${kind.name}, ${settings.CS_FPS} a second: ${found.p50.toFixed(1)} / ${found.p95.toFixed(1)} ms`);
    return found;
  });
}

function compareDelays(format, asked) {
  const { settings, most } = kFormats[format];
  const limit = (value) => ({ [cubestream.name]: value });
  const stages = ['sent', 'arrived', 'applied', 'drawn', 'encoded', 'received', 'shown'];
  return compare({
    head: `${format}, ${asked.rate} moves per second of the mouse at random phases, ${asked.seconds} s each.`,
    kinds: [jpeg, cubestream],
    measure: (kind) => measureDelay(kind, settings, asked),
    rows: [
      { what: 'input to photon, p50, ms', of: ({ p50 }) => p50, most: limit(most.p50) },
      { what: 'input to photon, p95, ms', of: ({ p95 }) => p95, most: limit(most.p95) },
      { what: 'p50 relative to JPEG', of: ({ p50 }, first) => p50 / first.p50, digits: 2, most: limit(kMostRatio) },
      { what: 'p95 relative to JPEG', of: ({ p95 }, first) => p95 / first.p95, digits: 2, most: limit(kMostRatio) },
      { what: "by the page's own measurement, p50, ms", of: ({ own }) => own?.p50Ms },
      { what: "by the page's own measurement, p95, ms", of: ({ own }) => own?.p95Ms },
      ...stages.map((stage) => ({ what: `event to ${stage}, p50, ms`, of: ({ own }) => own?.stages?.[stage]?.p50Ms })),
      { what: 'moves shown, %', of: ({ shown }) => shown },
      {
        what: 'pictures presented per second',
        of: ({ fps }) => fps,
        digits: 2,
        least: limit(kEnough * Number(settings.CS_FPS)),
      },
      { what: 'pictures read too late and left out, %', of: ({ torn }) => torn },
      { what: 'CPU without the browser, % of a core', of: ({ cpu }) => cpu },
      { what: 'Mbit/s', of: ({ mbit }) => mbit, digits: 2 },
    ],
  }, asked.runs);
}

const kPhases = [{ name: 'without moves', isMoved: false }, { name: 'with moves', isMoved: true }];

/// CPU time of the daemon's threads so far, in seconds.
const daemonCpu = ({ pid }) => Object.values(threads(pid)).reduce((a, b) => a + b);

/// All phases in one session, in this order.
function measureMoves(phases, { moves: rate, seconds }) {
  return withPage(cubestream, kFormats['720p60'].settings, 20, async (page, server) => {
    const found = [];
    for (const { isMoved } of phases) {
      await sleep(kSettle); // after a second without moves, the blocks of the scene are noise
      await page.evaluate(() => { window.inputMeter.take(); });
      const [began, cpu] = [performance.now(), daemonCpu(server)];
      const count = await page.evaluate(([...args]) => window.inputMeter.drive(...args),
        [isMoved ? rate : 0, 1000 * seconds, kPlaces]);
      const took = (performance.now() - began) / 1000;
      const used = (100 * (daemonCpu(server) - cpu)) / took;
      await sleep(kLate);
      const { moves, pictures, batches, events, animationFrames } = await page.evaluate(() => window.inputMeter.take());
      const delays = delaysOf(moves, pictures);
      const shares = delays.map(({ ms }) => ms);
      found.push({
        cpu: used,
        moves: count / took,
        batches: isMoved ? batches / took : NaN,
        events: events / batches,
        animationFrames: animationFrames / took,
        batchesPerFrame: isMoved ? batches / animationFrames : NaN,
        fps: (1000 * (pictures.length - 1)) / (pictures.at(-1).at - pictures[0].at),
        ...isMoved && shares.length > 0 &&
          { p50: percentile(shares, 0.5), p95: percentile(shares, 0.95), growth: growthOf(delays) },
      });
    }
    return found;
  });
}

function compareMoves(asked) {
  const limit = (value) => ({ [kPhases[1].name]: value });
  return compare({
    head: `720p60, synthetic pointer events that carry ${asked.moves} moves per second, and none, in turn in the ` +
      `same session, ${asked.seconds} s each. The pictures change as much without moves. CPU of the daemon in % of a core.`,
    kinds: kPhases,
    together: (phases) => measureMoves(phases, asked),
    rows: [
      { what: 'CPU', of: ({ cpu }) => cpu },
      { what: 'CPU, more than without', of: ({ cpu }, first) => cpu - first.cpu, digits: 2, most: limit(kMostCpu) },
      { what: 'moves per second', of: ({ moves }) => moves, digits: 0, least: limit(kEnough * asked.moves) },
      { what: 'batches per second', of: ({ batches }) => batches },
      { what: 'events per batch', of: ({ events }) => events, digits: 2 },
      { what: 'animation frames per second', of: ({ animationFrames }) => animationFrames },
      {
        what: 'batches per animation frame',
        of: ({ batchesPerFrame }) => batchesPerFrame,
        digits: 3,
        most: limit(kMostBatches),
      },
      { what: 'pictures presented per second', of: ({ fps }) => fps, digits: 2 },
      { what: 'input to photon, p50, ms', of: ({ p50 }) => p50 },
      { what: 'input to photon, p95, ms', of: ({ p95 }) => p95 },
      {
        what: 'p50 of the last third of the time, more than of the first, ms',
        of: ({ growth }) => growth,
        most: limit(kMostGrowth),
      },
    ],
  }, asked.runs);
}

function parseArguments(args) {
  const asked = { isRecorded: false, runs: 5, seconds: 10, rate: 20, moves: 0, words: [] };
  for (let i = 0; i < args.length; ++i) {
    const name = args[i].slice(2);
    if (args[i] === '--record') asked.isRecorded = true;
    else if (['--runs', '--seconds', '--rate', '--moves'].includes(args[i])) asked[name] = Number(args[++i]);
    else if (Object.hasOwn(kFormats, args[i])) asked.words.push(args[i]);
    else return null;
  }
  const isPossible = Number.isInteger(asked.runs) && asked.runs > 0 && asked.seconds > 0 && asked.rate > 0 &&
    asked.moves >= 0 && (asked.moves === 0 || asked.words.length === 0);
  if (asked.words.length === 0) asked.words = Object.keys(kFormats);
  return isPossible ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error('usage: node bench/input.mjs [--record] [--runs R] [--seconds S] [--rate MOVES] ' +
    `[${Object.keys(kFormats).join('|')}]…\n` +
    '       node bench/input.mjs --moves 1000 [--record] [--runs R] [--seconds S]');
  process.exit(2);
}
const obstacle = pythonObstacle();
if (obstacle) {
  console.error(obstacle);
  process.exit(1);
}
const texts = [kWords];
const comparisons = asked.moves > 0 ? [() => compareMoves(asked)] :
  asked.words.map((word) => () => compareDelays(word, asked));
for (const run of comparisons) {
  const { text, good } = await run();
  console.log(`${text}\n`);
  texts.push(text);
  if (!good) process.exitCode = 1;
}
if (asked.isRecorded) {
  const words = process.argv.slice(2).filter((word) => word !== '--record');
  record(['node bench/input.mjs', ...words].join(' '), texts.join('\n\n'));
}

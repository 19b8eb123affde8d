// SPDX-License-Identifier: MIT
// node bench/input_link.mjs [--record] [--stops 10]
// A hand that turns the cube, and stops, behind a link of 1 Mbit/s with a round trip of 100 ms: how long after its last
// move the scene has all of it. --record appends the result to bench/RESULTS.md. Needs root (network namespaces), the
// release build, and `npm ci` in tests/e2e (scripts/setup.sh test).
import { setTimeout as sleep } from 'node:timers/promises';
import { playing } from '../tests/e2e/browser.mjs';
import { behindLink, browse } from './behind_link.mjs';
import { median, percentile } from './numbers.mjs';
import { record } from './record.mjs';

const kDelay = 50; // ms each way
const kRate = 1_000_000; // bit/s each way
const kQueue = 32_000; // bytes
const kFps = 30;
const kDragMs = 3000;
const kMoveMs = 4; // between two moves
const kMost = 2 * kDelay + (2 * 1000) / kFps;
const kAdapts = 15_000; // ms until the picture has the size that the link carries

const args = process.argv.slice(2);
const isRecorded = args[0] === '--record' && Boolean(args.shift());
const stops = args[0] === '--stops' ? Number(args[1]) : 10;
if (!(stops > 0) || (args.length > 0 && args[0] !== '--stops')) {
  console.error('usage: node bench/input_link.mjs [--record] [--stops 10]');
  process.exit(2);
}

const found = await behindLink({ delay: kDelay, settings: { CS_FPS: String(kFps), CS_CONTROL: 'one' } },
  async ({ viewer, link, daemon, ends }) => {
    const context = await browse(viewer, ends);
    const page = await context.newPage();
    await page.goto(daemon.url);
    await playing(page);
    await page.waitForSelector('#pointers', { state: 'attached' });
    await link.set({ rate: kRate, queue: kQueue });
    await sleep(kAdapts);
    const mouse = await context.newCDPSession(page);
    const send = (type, x) => mouse.send('Input.dispatchMouseEvent',
      { type, x, y: 360, button: 'left', buttons: 1, clickCount: 1 });
    await send('mousePressed', 400);
    const delays = [];
    for (let stop = 0; stop < stops; ++stop) {
      const end = performance.now() + kDragMs;
      const sent = [];
      for (let i = 0; performance.now() < end; ++i) {
        sent.push(send('mouseMoved', 640 + Math.round(300 * Math.sin(i / 40))));
        await sleep(kMoveMs);
      }
      await Promise.all(sent);
      await sleep(2000);
      const { latest, stages } = await page.evaluate(() => window.cubestream.input);
      delays.push({ applied: latest.applied, shown: latest.shown, whileMoving: stages.applied.p95Ms });
      console.error(`applied after ${latest.applied.toFixed(0)} ms, shown after ${latest.shown.toFixed(0)} ms`);
    }
    await send('mouseReleased', 640);
    return delays;
  });

const row = (what, values) =>
  `| ${what} | ${median(values).toFixed(0)} | ${percentile(values, 0.95).toFixed(0)} | ${Math.max(...values).toFixed(0)} |`;
const text = [
  `A link of 1 Mbit/s each way with a round trip of ${2 * kDelay} ms; a hand that drags the cube (1280x720 at ${kFps}) for`,
  `${kDragMs / 1000} s with ${1000 / kMoveMs} moves per second, and stops, ${stops} times. By the page's own measurement.`,
  '',
  '| ms after the last move of the hand | median | p95 | most |',
  '|---|---|---|---|',
  row('the scene has it (applied)', delays('applied')),
  row('the picture shows it', delays('shown')),
  row('while the hand moves, p95 of applied', delays('whileMoving')),
  '',
  `A round trip and two frames are ${kMost.toFixed(0)} ms.`,
].join('\n');
console.log(text);
if (Math.max(...delays('applied')) > kMost) process.exitCode = 1;
if (isRecorded) record(['node bench/input_link.mjs', ...args].join(' '), text);

function delays(stage) {
  return found.map((each) => each[stage]);
}

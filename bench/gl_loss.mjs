// SPDX-License-Identifier: MIT
// node bench/gl_loss.mjs [--record] [--losses 50]
// Makes the daemon lose its GL context repeatedly (tests/fakes/gl_loss.cpp) while Chromium watches, and measures on the
// page the longest gap between frames. Losses are 3 s apart: five losses within 10 s would end the process.
// --record appends it to bench/RESULTS.md. Needs the release build with its tests, and `npm ci` in tests/e2e
// (scripts/setup.sh test).
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, morePictures, openPage, playing } from '../tests/e2e/browser.mjs';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { median } from './numbers.mjs';
import { record } from './record.mjs';

const kPause = 3000; // ms
const kMost = 500; // ms, longest allowed gap between frames
const kLibrary = new URL('../build/release/tests/libgl_loss.so', import.meta.url).pathname;

/// Makes the page record its frames; window.longestGap() returns the longest gap since the last call, in ms.
const watchGaps = (page) => page.evaluate(() => {
  let last = performance.now();
  let longest = 0;
  for (const video of document.querySelectorAll('video')) {
    const look = (now) => {
      longest = Math.max(longest, now - last);
      last = now;
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  }
  window.longestGap = () => {
    const gap = Math.max(longest, performance.now() - last);
    longest = 0;
    return gap;
  };
});

async function measure(losses) {
  const folder = mkdtempSync(join(tmpdir(), 'gl-loss-'));
  const switchFile = join(folder, 'lose');
  const [load] = loadavg();
  const browser = await launchBrowser();
  const daemon = await Daemon.start({ LD_PRELOAD: kLibrary, FAKE_GL_LOSS_FILE: switchFile });
  try {
    const page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    await morePictures(page, 60);
    await watchGaps(page);
    const gaps = [];
    const quiet = [];
    for (let loss = 1; loss <= losses; ++loss) {
      await sleep(kPause / 2);
      quiet.push(await page.evaluate(() => window.longestGap()));
      const from = daemon.log.length;
      writeFileSync(switchFile, '');
      await daemon.line(/drawing again, on a new GL context/, { from });
      await sleep(kPause / 2);
      gaps.push(await page.evaluate(() => window.longestGap()));
    }
    const { gl_context_losses_total: counted, clients_joined_total: joined } = await daemon.metrics();
    const reconnects = await page.evaluate(() => window.cubestream.reconnects);
    const longest = Math.max(...gaps);
    const good = longest <= kMost && counted === losses && joined === 1 && reconnects === 0;
    return {
      text: [`The GL context is lost ${losses} times, every ${kPause / 1000} s, 1280x720 at 30, in Chromium; gaps ` +
        `between frames on the page, ms. Load average before: ${load.toFixed(1)}.`,
      '', '| | median | longest |', '|---|---|---|',
      `| 1.5 s without a loss | ${median(quiet).toFixed(0)} | ${Math.max(...quiet).toFixed(0)} |`,
      `| 1.5 s with a loss (at most ${kMost}: ${longest <= kMost ? 'reached' : '**missed**'}) | ` +
        `${median(gaps).toFixed(0)} | ${longest.toFixed(0)} |`, '',
      `${counted} losses counted, ${joined} client, ${reconnects} reconnects, no restart.`].join('\n'),
      good,
    };
  } finally {
    await browser.close();
    const { code } = await daemon.stop();
    rmSync(folder, { recursive: true });
    if (code !== 0) throw new Error(`the daemon exited with code ${code}:\n${daemon.tail()}`);
  }
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const words = process.argv.slice(2);
const at = words.indexOf('--losses');
const losses = at < 0 ? 50 : Number(words[at + 1]);
const known = words.every((word, i) => ['--record', '--losses'].includes(word) || (at >= 0 && i === at + 1));
if (!known || !Number.isInteger(losses) || losses < 1) {
  console.error('usage: node bench/gl_loss.mjs [--record] [--losses N]');
  process.exit(2);
}
if (!existsSync(kLibrary)) {
  console.error(`${kLibrary} is not built; cmake --preset release -DCUBESTREAM_TESTS=ON && cmake --build build/release does`);
  process.exit(1);
}
const { text, good } = await measure(losses);
console.log(text);
if (!good) process.exitCode = 1;
if (words.includes('--record'))
  record(['node bench/gl_loss.mjs', ...words.filter((word) => word !== '--record')].join(' '), text);

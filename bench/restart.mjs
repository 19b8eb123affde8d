// SPDX-License-Identifier: MIT
// What a viewer sees when the program that draws dies and comes back, measured in a browser.
import { setTimeout as sleep } from 'node:timers/promises';
import { nearest } from '../web/latency.js';
import { producers, startBeside } from './producers.mjs';
import { visit, withBrowser } from './visits.mjs';

const kSettle = 3000; // ms until the browser has started up
const kAway = 2000; // ms from the death to the next start
const kLooks = [1000, 1900]; // ms after the death at which the picture is sampled
const kGap = 150; // ms without a frame; a moving picture has no such gap
const kMoving = 10; // frames without a gap
const kFollow = 3000; // ms after the first new frame
const kClock = 2; // ms; stamps are whole milliseconds, and the page's clock is measured to 1 ms
const kWordsLimit = 10_000; // ms
const kSame = 3; // mean difference of luma, 0 to 255, at which pictures look the same
const kBlank = 10; // standard deviation of luma below which there is no picture

/// From now on, window.words is a promise of when words that match are fully visible, in ms of the wall clock.
function awaitWords(page, pattern) {
  return page.evaluate((source) => {
    window.words = new Promise((resolve) => {
      const line = document.getElementById('status');
      const look = () => {
        if (getComputedStyle(line).opacity === '1' && new RegExp(source).test(line.textContent))
          resolve(Date.now());
        else requestAnimationFrame(look);
      };
      look();
    });
  }, pattern.source);
}

/// Luma of a small copy of the picture that is shown, without the rows of the stamp.
function sample(page) {
  return page.evaluate(() => {
    const [wide, high] = [64, 36];
    const { video } = window.cubestream;
    const draw = new OffscreenCanvas(wide, high).getContext('2d', { willReadFrequently: true });
    const { videoWidth: width, videoHeight: height } = video;
    draw.drawImage(video, 0, height / 10, width, (height * 9) / 10, 0, 0, wide, high);
    const { data } = draw.getImageData(0, 0, wide, high);
    return Array.from({ length: wide * high },
      (_, i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
  });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/// When the first frame of which the stamp is `since` or later was presented, if the picture moves from then on. All in
/// milliseconds of the wall clock; Infinity if it does not move. Before `since`, the server repeats the last picture.
function movingFrom({ pictures, clockOffset }, since) {
  const found = pictures.findIndex(({ stamp }, i) => {
    const next = pictures.slice(i, i + kMoving + 1);
    return stamp !== null && nearest(stamp - since) >= -kClock && next.length > kMoving &&
      next.every(({ at }, j) => j === 0 || at - next[j - 1].at < kGap);
  });
  return found < 0 ? Infinity : pictures[found].at + clockOffset;
}

/// Kills the producer with SIGKILL, and starts it again after two seconds: {words (ms from its death until they are
/// fully visible), stays (1: the last picture stayed), moving (ms from its first frame until the page shows a
/// moving picture), whole (ms from its start until then), reconnects}.
export async function measureRestart() {
  const server = await startBeside(producers.announcedPlasma, { CS_FRAME_STAMP: '1' });
  try {
    return await withBrowser(async (context) => {
      const { page } = await visit(context, server.page());
      await server.shows();
      await sleep(kSettle);
      await awaitWords(page, /ended/);

      const died = Date.now();
      await server.producer.die();
      const samples = [];
      for (const look of kLooks) {
        await sleep(died + look - Date.now());
        samples.push(await sample(page));
      }
      const changes = mean(samples[0].map((value, i) => Math.abs(value - samples[1][i])));
      await sleep(died + kAway - Date.now());
      const started = Date.now();
      server.replace();
      const shown = Number((await server.producer.line(/^first frame: /)).split(' ').at(-1));
      await sleep(kFollow);

      const moving = movingFrom(await page.evaluate(() => window.meter.take()), shown);
      const said = await Promise.race([page.evaluate(() => window.words), sleep(kWordsLimit, null, { ref: false })]);
      return {
        words: said ? said - died : Infinity,
        stays: changes < kSame && deviation(samples[1]) > kBlank ? 1 : 0,
        moving: moving - shown,
        whole: moving - started,
        reconnects: await page.evaluate(() => window.cubestream.reconnects),
      };
    });
  } finally {
    await server.stop();
  }
}

// SPDX-License-Identifier: MIT
// The measurements over the picture: how they are shown, and whether they are plausible.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon, kSlowness } from './daemon.mjs';
import { FakeServer } from './fake_server.mjs';

const kSaneMs = 1000 * kSlowness;
const kStages = ['wait', 'update', 'draw', 'read_back', 'encode', 'packetise', 'send', 'total'];

const measure = (page) => page.evaluate(() => window.cubestream.measurements());
const seen = (page, is = true) =>
  page.waitForFunction((wanted) => (document.querySelector('#measurements')?.checkVisibility() ?? false) === wanted, is);
const says = (page, pattern) => page.waitForFunction(
  ([source]) => new RegExp(source).test(document.querySelector('#measurements')?.innerText), [pattern.source]);
/// Waits until 30 pictures were measured by this source.
const measuredBy = async (page, source) => {
  while (!((await measure(page)).glassToGlass[source]?.samples >= 30)) await morePictures(page, 10);
};
/// The stamp in the current picture, or null.
const stampOf = (page) => page.evaluate(async () => {
  const { StampReader } = await import('/frame_stamp.js');
  return new StampReader().read(window.cubestream.video);
});

function assertPlausible({ samples, p50Ms, p95Ms, p99Ms }) {
  assert.ok(samples > 0);
  assert.ok(p50Ms > 0 && p50Ms <= p95Ms && p95Ms <= p99Ms && p99Ms < kSaneMs, `${p50Ms}, ${p95Ms}, ${p99Ms} ms`);
}

describe('the measurements', { timeout: 10 * kTimeLimit }, () => {
  let browser;
  let context;
  let daemon;
  before(async () => {
    daemon = await Daemon.start();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    assert.equal((await daemon.stop()).code, 0);
  });
  beforeEach(async () => {
    context = await browser.newContext({
      viewport: { width: 1280, height: 720 }, permissions: ['clipboard-read', 'clipboard-write'],
    });
  });
  afterEach(() => context.close());

  /// Also collects console errors of the browser, for example a refused style sheet.
  async function open(words = '') {
    const page = await openPage(context, daemon.url + words);
    page.on('console', (message) => {
      if (message.type() === 'error') page.complaints.push(message.text());
    });
    await playing(page);
    return page;
  }

  it('are toggled by the key i without modifiers', async () => {
    const page = await open();
    await seen(page, false);
    await page.keyboard.press('Control+i');
    await page.keyboard.press('i');
    await seen(page);
    await says(page, /by RTP clock ± \d/);
    await says(page, /1280×720/);
    await says(page, /total\s+[\d.]+/);
    await keep(page, 'overlay');
    await page.keyboard.press('i');
    await seen(page, false);
    assert.deepEqual(page.complaints, []);
  });

  it('are shown at once with ?stats', async () => {
    const page = await open('?stats');
    await seen(page);
    await page.click('#measurements button:last-of-type');
    await seen(page, false);
    assert.deepEqual(page.complaints, []);
  });

  it('are shown by the menu on a phone, whose touches go to the scene', async () => {
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const page = await openPage(phone, daemon.url);
    await playing(page);
    await page.tap('#handle button');
    await page.tap('#handle button:text("Measurements")');
    await seen(page);
    await says(page, /by RTP clock/);
    await keep(page, 'overlay-phone');
    assert.deepEqual(page.complaints, []);
    await phone.close();
  });

  it('are plausible', async () => {
    const page = await open();
    await measuredBy(page, 'rtp');
    await morePictures(page, 10); // some figures cover the time since the previous call
    const { clock, glassToGlass: glass, firstPicture, reception, server } = await measure(page);
    assert.equal(glass.source, 'rtp');
    assertPlausible(glass);
    assert.ok(clock.uncertaintyMs >= 0 && clock.uncertaintyMs < kSaneMs, `clock ± ${clock.uncertaintyMs} ms`);
    // Page and server use the clocks of the same machine.
    const wall = await page.evaluate(() => performance.timeOrigin);
    assert.ok(Math.abs(clock.wallOffsetMs - wall) < clock.uncertaintyMs + 50, `${clock.wallOffsetMs} is not ${wall}`);
    const way = ['socketOpen', 'offerSent', 'answered', 'iceConnected', 'dtlsConnected', 'presented'];
    way.reduce((until, step) => {
      assert.ok(firstPicture[step] >= until, `${step} in ${JSON.stringify(firstPicture)}`);
      return firstPicture[step];
    }, 0);
    assert.deepEqual([reception.width, reception.height, reception.codec], [1280, 720, 'video/H264']);
    assert.ok(reception.framesDecoded > 0 && reception.decodeMs > 0);
    assert.equal(server.encoders.H264, 'x264enc');
    assert.ok(server.renderer && server.readback);
    for (const stage of kStages) assert.ok(server.stages[stage].p50Ms > 0, stage);
    // The server's share of the latency must be plausible too.
    assert.ok(server.stages.total.p50Ms < kSaneMs);
  });

  it('are copied as JSON by the key c', async () => {
    const page = await open('?stats');
    await page.keyboard.press('i');
    await seen(page, false);
    await page.keyboard.press('c'); // closed: no effect
    await page.keyboard.press('i');
    await says(page, /by RTP clock/);
    await page.keyboard.press('c');
    await says(page, /Copied as JSON\./);
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.deepEqual(Object.keys(copied), Object.keys(await measure(page)));
    assert.equal(copied.state, 'playing');
  });

  it('are copied without a clipboard API, as on a page without TLS', async () => {
    await context.addInitScript(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
      addEventListener('copy', () => {
        window.copied = document.activeElement.value;
      });
    });
    const page = await open('?stats');
    await says(page, /by RTP clock/);
    await page.keyboard.press('c');
    await says(page, /Copied as JSON\./);
    assert.equal(JSON.parse(await page.evaluate(() => window.copied)).state, 'playing');
    await page.keyboard.press('i'); // the page gets key presses again
    await seen(page, false);
  });

  it('agree between the stamp in the picture and the RTP clock', async () => {
    const page = await open('?stamp&stats');
    await measuredBy(page, 'stamp');
    const { clock, glassToGlass: glass } = await measure(page);
    assert.equal(glass.source, 'stamp');
    assertPlausible(glass.stamp);
    const apart = Math.abs(glass.stamp.p50Ms - glass.rtp.p50Ms);
    assert.ok(apart < 5 * kSlowness, `${apart} ms apart, the clock ± ${clock.uncertaintyMs} ms`);
    await says(page, /by stamp ±/);
    await keep(page, 'overlay-stamp');
  });

  it('leave no stamp in the picture after the last reader has left', async () => {
    const other = await open();
    await morePictures(other, 10);
    assert.equal(await stampOf(other), null);
    const reader = await open('?stamp');
    await measuredBy(reader, 'stamp');
    const now = await other.evaluate(() => Date.now());
    const age = now - await stampOf(other);
    assert.ok(((age % 2 ** 32) + 2 ** 32) % 2 ** 32 < 60_000, 'the stamp is less than a minute old, modulo 2^32');
    await reader.close();
    while (await stampOf(other) !== null) await morePictures(other, 1);
  });
});

describe('the measurements with a server that does not support them', { timeout: 2 * kTimeLimit }, () => {
  it('show dashes, and the picture still plays', async () => {
    const browser = await launchBrowser({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] });
    try {
      const context = await browser.newContext();
      const server = await FakeServer.start(context);
      const page = await openPage(context, `${server.url}?stats&stamp`);
      await playing(page);
      await morePictures(page, 30);
      await says(page, /no server clock/);
      const { clock, glassToGlass, firstPicture, reception, server: status } = await measure(page);
      assert.deepEqual([clock, glassToGlass.source, glassToGlass.samples, status], [null, null, 0, null]);
      assert.ok(firstPicture.presented > 0 && reception.framesDecoded > 0);
      assert.equal(await page.evaluate(() => window.cubestream.state), 'playing');
      assert.deepEqual(page.complaints, []);
    } finally {
      await browser.close();
    }
  });
});

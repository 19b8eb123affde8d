// SPDX-License-Identifier: MIT
// The picture on the page.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon } from './daemon.mjs';
import { assertCube, watch } from './picture.mjs';

describe('the picture', { timeout: 10 * kTimeLimit }, () => {
  let browser;
  let context;
  let daemon;
  before(async () => {
    daemon = await Daemon.start();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    assert.deepEqual({ code: 0, signal: null }, (({ code, signal }) => ({ code, signal }))(await daemon.stop()));
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  });
  afterEach(() => context.close());

  it('arrives at 1280x720', async () => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    await morePictures(page, 30);
    await keep(page, 'picture');
    // A busy machine looks like a slow network, and may get a smaller picture for a while.
    await page.waitForFunction(
      () => window.cubestream.video.videoWidth === 1280 && window.cubestream.video.videoHeight === 720);
    assert.deepEqual(page.complaints, []);
  });

  it('is upright and has the right colours', async () => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    await morePictures(page, 5);
    await assertCube(page);
  });

  it('keeps moving', async () => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    const { presented, different } = await watch(page, 90);
    assert.ok(different > 0.9 * presented, `${different} of ${presented} pictures differ`);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
  });

  it('plays again after a reload', async () => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    await page.reload();
    await playing(page);
    await morePictures(page, 30);
    await daemon.until(({ viewers }) => viewers === 1);
  });

  it('moves in two tabs at once, from one encoder', async () => {
    const pages = [await openPage(context, daemon.url), await openPage(await browser.newContext(), daemon.url)];
    await Promise.all(pages.map((page) => playing(page)));
    await Promise.all(pages.map((page) => morePictures(page, 60)));
    const { viewers, encoders_running: encoders } = await daemon.look();
    assert.deepEqual({ viewers, encoders }, { viewers: 2, encoders: 1 });
    await pages[1].context().close();
  });

  it('fits a phone without scroll bars', async () => {
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    const page = await openPage(phone, daemon.url);
    await playing(page);
    await morePictures(page, 5);
    await keep(page, 'picture-phone');
    assert.equal(await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return scrollWidth > innerWidth || scrollHeight > innerHeight;
    }), false);
    await phone.close();
  });

  it('keeps playing in full screen', async () => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await morePictures(page, 15);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement === null);
    await morePictures(page, 15);
  });

  it('is not rendered or encoded after the last viewer has left', async () => {
    const page = await openPage(context, daemon.url);
    await playing(page);
    await page.close();
    await daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0);
    const before = await daemon.metrics();
    await new Promise((resolve) => setTimeout(resolve, 1000)); // there is no event for inactivity
    const after = await daemon.metrics();
    const drawn = after.frames_rendered_total - before.frames_rendered_total;
    assert.ok(drawn <= 1, `${drawn} pictures were rendered; one may have been in progress`);
  });
});

// SPDX-License-Identifier: MIT
// Third-party players on pages of other origins get the picture by WHEP.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, openPage } from './browser.mjs';
import { Daemon } from './daemon.mjs';
import { launchFirefox, openInFirefox } from './firefox.mjs';
import { assertCube, watch } from './picture.mjs';
import { PlayerPage } from './player_page.mjs';

describe('by WHEP', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let browser;
  let server;
  let context;
  let page;
  before(async () => {
    [daemon, server] = await Promise.all([Daemon.start({ CS_MAX_VIEWERS: '1', CS_ALLOWED_ORIGINS: '*' }), PlayerPage.start()]);
    // Chromium would hide its address behind an mDNS name, which the server cannot resolve.
    browser = await launchBrowser({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    assert.equal((await daemon.stop()).code, 0);
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    page = await openPage(context, server.url);
  });
  afterEach(async () => {
    for (const one of context.pages()) await one.evaluate(() => window.player?.unload());
    await allClosed();
    await context.close();
  });

  const allClosed = () =>
    daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0);

  /// Starts the npm player.
  function play(there = page) {
    return there.evaluate((endpoint) => {
      const { video } = window.cubestream;
      window.player = new window.WebRTCPlayer({ video, type: 'whep', iceServers: [] });
      window.failed = new Promise((resolve) => { window.player.on('initial-connection-failed', resolve); });
      return window.player.load(new URL(endpoint));
    }, new URL('whep', daemon.url).href);
  }

  it('a player from npm shows the moving cube', async () => {
    await play();
    const { presented, different } = await watch(page, 60);
    assert.ok(different > 0.9 * presented, `${different} of ${presented} pictures differ`);
    await assertCube(page);
    await keep(page, 'whep-player');
    assert.deepEqual(await page.evaluate(() => [window.cubestream.video.videoWidth, window.cubestream.video.videoHeight]),
      [1280, 720]);
    assert.deepEqual(page.complaints, []);
  });

  it('a player from npm shows the cube in Firefox too', async () => {
    const firefox = await launchFirefox();
    try {
      const there = await openInFirefox(firefox, server.url);
      await play(there);
      await watch(there, 30);
      await assertCube(there);
      await there.evaluate(() => window.player.unload());
      assert.deepEqual(there.complaints, []);
    } finally {
      await firefox.close();
    }
  });

  it('a player from npm that unloads ends its session at once', async () => {
    await play();
    await watch(page, 15);
    await page.evaluate(() => window.player.unload());
    await allClosed();
  });

  it('the session of a closed tab with a player from npm is removed', async () => {
    await play();
    await watch(page, 15);
    await page.close();
    await allClosed();
  });

  it('a player from npm gets an error when the server is full', async () => {
    await play();
    await watch(page, 1);
    const first = page;
    page = await openPage(context, server.url);
    await play();
    await page.evaluate(() => window.failed);
    assert.equal((await daemon.look()).viewers, 1);
    await first.bringToFront();
    await watch(first, 15);
  });
});

// SPDX-License-Identifier: MIT
// A WebSocket that breaks while the media connection stays does not disturb the picture.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  recordStates, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying, words,
} from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { launchFirefox, openInFirefox } from './firefox.mjs';
import { freePort } from './ports.mjs';
import { Proxy } from './proxy.mjs';

describe('a WebSocket that breaks', { timeout: 10 * kTimeLimit }, () => {
  let chromium;
  let firefox;
  before(async () => { [chromium, firefox] = await Promise.all([launchBrowser(), launchFirefox()]); });
  after(async () => {
    await chromium?.close();
    await firefox?.close();
  });
  const inChromium = async (url) => openPage(await chromium.newContext(), url);
  const inFirefox = (url) => openInFirefox(firefox, url);

  /// Opens the page through a proxy, waits until it plays, and runs `act`.
  async function watchThroughProxy(open, settings, act) {
    const daemon = await Daemon.start({ ...kSmall, ...settings });
    const proxy = await Proxy.start(daemon);
    const page = await open(proxy.url);
    try {
      await playing(page);
      await morePictures(page, 30);
      await act({ daemon, proxy, page });
      assert.deepEqual(page.complaints, []);
    } finally {
      if (!page.isClosed()) await page.close();
      await proxy.stop();
      assert.equal((await daemon.stop()).code, 0);
    }
  }

  const swapped = (page) => page.waitForFunction(() => window.cubestream.reconnects === 1);
  const events = (page) => page.evaluate(() => window.cubestream.events.map(({ what }) => what));

  for (const [name, open] of [['Chromium', inChromium], ['Firefox', inFirefox]]) {
    it(`does not disturb the picture in ${name}, and a new session replaces it seamlessly`, (t) =>
      watchThroughProxy(open, {}, async ({ daemon, proxy, page }) => {
        await recordStates(page);
        const freezes = async () => (await page.evaluate(() => window.cubestream.stats())).freezeCount;
        const before = await freezes();
        proxy.passes = false;
        proxy.cut();
        await page.waitForFunction(() => window.cubestream.events.some(({ what }) => what.startsWith('unreachable')));
        await morePictures(page, 60);
        // A slow machine has freezes anyway.
        t.diagnostic(`${await freezes() - before} freezes without a WebSocket`);
        const { viewers, viewers_connected_total: connected } = await daemon.look();
        assert.deepEqual({ viewers, connected }, { viewers: 1, connected: 1 });

        proxy.passes = true;
        await swapped(page);
        await morePictures(page, 30);
        assert.deepEqual(await page.evaluate(() => [...window.states]), ['playing']);
        await daemon.until((now) => now.viewers === 1 && now.webrtcbins_alive === 1);
      }));
  }

  // When nothing arrives, the page probes the server with the same requests and the same token as a session.
  for (const [how, secret] of [['', ''], [' with a token', 'secret-4711-0123456789abcdef']]) {
    it(`reconnects to a server that hung and was restarted${how}`, async () => {
      const settings = { ...kSmall, CS_PORT: String(await freePort()), CS_AUTH_TOKEN: secret };
      let daemon = await Daemon.start(settings);
      const page = await inChromium(`${daemon.url}${secret && `#token=${secret}`}`);
      try {
        await playing(page);
        await morePictures(page, 30);
        process.kill(daemon.pid, 'SIGSTOP');
        await page.waitForFunction(() => window.cubestream.events.some(({ what }) => what.startsWith('stalled')));
        process.kill(daemon.pid, 'SIGKILL');
        await daemon.ended;
        daemon = await Daemon.start(settings);
        await playing(page);
        await morePictures(page, 30);
      } finally {
        await page.context().close();
        await daemon.stop();
      }
    });
  }

  it('reconnects through a proxy that required a login for a while, hides its login page and keeps the token', async () => {
    const secret = 'secret-4711-0123456789abcdef';
    const settings = { ...kSmall, CS_PORT: String(await freePort()), CS_AUTH_TOKEN: secret };
    let daemon = await Daemon.start(settings);
    const proxy = await Proxy.start(daemon);
    // A wrong login: Playwright enters this one in the browser's dialog, and dismisses the next dialog.
    const context = await chromium.newContext({ httpCredentials: { username: 'guest', password: 'wrong' } });
    const page = await openPage(context, `${proxy.url}#token=${secret}`);
    try {
      await playing(page);
      await morePictures(page, 30);
      proxy.realm = 'Members';
      process.kill(daemon.pid, 'SIGSTOP');
      await page.waitForFunction(() => window.cubestream.events.some(({ what }) => what.startsWith('stalled')));
      process.kill(daemon.pid, 'SIGKILL');
      await daemon.ended;
      // The answer of the proxy counts as reachable, so the page starts a session.
      await page.waitForFunction(() => window.cubestream.events.some(({ what }) => /^(unreachable|denied)/.test(what)));
      assert.ok(proxy.loginsAsked.includes('/config.json'), proxy.loginsAsked.join(' '));
      assert.doesNotMatch([await words(page), ...await events(page)].join('\n'), /<|Authorization Required/);
      await saying(page, /^The server at 127\.0\.0\.1 cannot be reached\. /);
      assert.equal(await page.isVisible('#token'), false);
      assert.equal(await page.evaluate(() => window.sessionStorage.getItem('cubestream-token')), secret);

      daemon = await Daemon.start(settings);
      proxy.realm = null;
      await playing(page);
      await morePictures(page, 30);
      assert.deepEqual(page.complaints, []);
    } finally {
      await context.close();
      await proxy.stop();
      await daemon.stop();
    }
  });

  it('does not lock the viewer out of a server that it fills itself', () =>
    watchThroughProxy(inChromium, { CS_MAX_VIEWERS: '1' }, async ({ daemon, proxy, page }) => {
      await recordStates(page);
      proxy.cut();
      await swapped(page);
      await morePictures(page, 30);
      assert.deepEqual(await page.evaluate(() => [...window.states]), ['playing']);
      assert.ok(!(await events(page)).some((what) => what.startsWith('refused')));
      await daemon.until((now) => now.viewers === 1 && now.webrtcbins_alive === 1);
    }));

  it('leaves nothing behind after a viewer is gone', () =>
    watchThroughProxy(inChromium, {}, async ({ daemon, proxy, page }) => {
      proxy.passes = false;
      proxy.cut();
      await page.close();
      await daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0);
    }));
});

// SPDX-License-Identifier: MIT
// The page alone, against a fake server that can misbehave.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  keep, recordStates, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying, words,
} from './browser.mjs';
import { FakeServer } from './fake_server.mjs';
import { rememberPeers } from './pair.mjs';

const kConfig = { width: 1280, height: 720, fps: 30 };
const kPhone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const kDesktop = { viewport: { width: 1280, height: 800 } };

// Many tests wait for time limits of the page, so several run at once.
describe('the page', { timeout: 10 * kTimeLimit, concurrency: 4 }, () => {
  let browser;
  before(async () => {
    // The two tabs connect by their addresses, which Chromium would hide behind mDNS names.
    browser = await launchBrowser({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] });
  });
  after(() => browser.close());

  /// A test with its own browser context and server.
  function on(name, act, device = kDesktop) {
    it(name, async () => {
      const context = await browser.newContext(device);
      try {
        await act({ context, server: await FakeServer.start(context) });
      } finally {
        await context.close();
      }
    });
  }

  on('plays automatically, muted and inline, and the status line fades', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await morePictures(page, 10);
    const { muted, playsInline, paused } = await page.evaluate(() => {
      const { muted, playsInline, paused } = window.cubestream.video;
      return { muted, playsInline, paused };
    });
    assert.deepEqual({ muted, playsInline, paused }, { muted: true, playsInline: true, paused: false });
    assert.equal(await page.evaluate(() => document.getElementById('status').classList.contains('shown')), false);
    assert.deepEqual(page.complaints, []);
  });

  on('loads nothing from other origins', async ({ context, server }) => {
    const hosts = new Set();
    context.on('request', (request) => hosts.add(new URL(request.url()).host));
    await playing(await openPage(context, server.url));
    assert.deepEqual([...hosts], ['fake.example']);
  });

  for (const [device, options] of [['a desktop', { viewport: { width: 1600, height: 700 } }], ['a phone', kPhone]]) {
    on(`fills the window of ${device} without scroll bars`, async ({ context, server }) => {
      const page = await openPage(context, server.url);
      await playing(page);
      const seen = await page.evaluate(() => {
        const { left, top, width, height } = window.cubestream.video.getBoundingClientRect();
        const root = document.documentElement;
        return {
          video: [left, top, width, height],
          window: [0, 0, innerWidth, innerHeight],
          scrolls: root.scrollWidth > innerWidth || root.scrollHeight > innerHeight,
        };
      });
      assert.deepEqual(seen.video, seen.window);
      assert.equal(seen.scrolls, false);
    }, options);
  }

  on('toggles full screen on double click and on f', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    const full = (is) => page.waitForFunction((wanted) => (document.fullscreenElement?.id === 'stage') === wanted, is);
    await page.dblclick('#stage');
    await full(true);
    await page.keyboard.press('f');
    await full(false);
    await page.keyboard.press('f');
    await full(true);
    await page.dblclick('#stage');
    await full(false);
  });

  on('keeps the last picture while the server is down, and plays when it is back', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await morePictures(page, 10);
    server.behaviour.up = false;
    server.closeAll(1001);
    await saying(page, /cannot be reached/);
    await keep(page, 'page-server-down');
    assert.ok(await brightness(page) > 20, 'the last picture is still shown');
    server.behaviour.up = true;
    await playing(page);
    await morePictures(page, 10);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 1);
    assert.equal(await page.evaluate(() => document.querySelector('#stage').classList.contains('stale')), false);
  });

  on('keeps the last picture while a new connection fails', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    server.behaviour.trickles = false;
    server.closeAll(1001);
    await saying(page, /no video packet arrived/);
    assert.ok(await brightness(page) > 20, 'the last picture is still shown');
    server.behaviour.trickles = true;
    await playing(page);
  });

  on('continues to play when its socket breaks, and prepares the next session in the background', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await morePictures(page, 10);
    await recordStates(page);
    server.behaviour.up = false;
    server.closeAll(1006);
    await page.waitForFunction(() => window.cubestream.events.some(({ what }) => what.startsWith('unreachable')));
    await morePictures(page, 30);
    server.behaviour.up = true;
    await page.waitForFunction(() => window.cubestream.reconnects === 1);
    await morePictures(page, 10);
    assert.deepEqual(await page.evaluate(() => [...window.states]), ['playing']);
    assert.equal(server.offers, 2);
    assert.equal(server.sockets.length, 1);
    assert.deepEqual(page.complaints, []);
  });

  on('shows the problem when the picture stops after its socket, and plays again when the server is back', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    server.behaviour.up = false;
    server.closeAll(1006);
    await server.silence();
    await saying(page, /cannot be reached.*Trying again…$/);
    assert.equal(await page.evaluate(() => document.getElementById('stage').classList.contains('stale')), true);
    assert.ok(await brightness(page) > 20, 'the last picture is still shown');
    server.behaviour.up = true;
    await playing(page);
    await morePictures(page, 10);
    assert.equal(await page.evaluate(() => document.getElementById('stage').classList.contains('stale')), false);
  });

  on('accepts candidates that arrive before the answer', async ({ context, server }) => {
    server.behaviour.answer = async (socket, offer) => {
      const { say } = socket;
      const early = [];
      let answer;
      // The answer is held back until all candidates are sent.
      const done = new Promise((resolve) => {
        socket.say = (message) => {
          if (message.type === 'answer') answer = message;
          else early.push(message);
          if (answer && early.at(-1)?.candidate === '') resolve();
        };
      });
      await server.answer(socket, offer);
      await done;
      [...early, answer].forEach((message) => say(message));
    };
    const page = await openPage(context, server.url);
    await playing(page);
    const events = await page.evaluate(() => window.cubestream.events.map(({ what }) => what));
    assert.ok(!events.some((what) => what.startsWith('candidate:')), events.join('\n'));
  });

  on('reports blocked UDP when the server answers and no packet arrives', async ({ context, server }) => {
    server.behaviour.trickles = false;
    const page = await openPage(context, server.url);
    await saying(page, /The server answered, but no video packet arrived within 5 s: UDP between you and fake\.example/);
    await keep(page, 'page-udp-blocked');
  });

  on('reports that the server does not answer', async ({ context, server }) => {
    server.behaviour.answer = () => {};
    const page = await openPage(context, server.url);
    await saying(page, /did not answer within 5 s/);
  });

  on('reports why config.json could not be loaded', async ({ context, server }) => {
    await context.route(`${server.url}config.json`, (route) => route.fulfill({ status: 404 }));
    await saying(await openPage(context, server.url), /config\.json: status 404/);
  });

  on('reconnects when the pictures stop', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await server.silence();
    // The message disappears with the next picture, possibly before the test can read it.
    await page.waitForFunction(() =>
      window.cubestream.events.some(({ what }) => what.startsWith('stalled: No video has arrived for 3 s')));
    await playing(page);
    assert.equal(server.offers, 2);
  });

  on('uses the previous config.json when there is no response, but no expired TURN login', async ({ context, server }) => {
    const config = `${server.url}config.json`;
    await rememberPeers(context);
    const serversOf = (page) => page.evaluate(
      () => window.peers.at(-1).getConfiguration().iceServers.map(({ urls, username }) => [String(urls), username ?? '']));
    const stun = { urls: ['stun:127.0.0.1:9'] };
    for (const [ttl, isKept] of [[undefined, true], [3600, true], [1, false]]) {
      const turn = { urls: ['turn:127.0.0.1:9'], username: 'u', credential: 'p' };
      server.behaviour.config = { ...kConfig, iceServers: [stun, turn], ttl };
      const page = await openPage(context, server.url);
      await playing(page);
      assert.deepEqual(await serversOf(page), [['stun:127.0.0.1:9', ''], ['turn:127.0.0.1:9', 'u']]);
      const offers = server.offers;
      await context.route(config, () => {}); // never answered
      await page.evaluate(() => {
        dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      });
      while (server.offers === offers) await new Promise((resolve) => setTimeout(resolve, 20));
      await playing(page);
      assert.deepEqual(await serversOf(page), [['stun:127.0.0.1:9', ''], ...(isKept ? [['turn:127.0.0.1:9', 'u']] : [])]);
      await page.close(); // before unroute(), whose response would start a new session
      await context.unroute(config);
    }
  });

  on('shows the server\'s message for a refusal and retries only when tapped', async ({ context, server }) => {
    const honest = server.behaviour.answer;
    server.behaviour.answer = (socket) => {
      socket.say({ type: 'error', code: 'no-codec', message: 'the offer has no H.264' });
      socket.close({ code: 1008 });
    };
    const page = await openPage(context, server.url);
    await saying(page, /^The offer has no H\.264\. Trying again in 30 s; tap to try now\.$/);
    await keep(page, 'page-refused');
    assert.equal(server.offers, 1);
    server.behaviour.answer = honest;
    await page.click('#stage');
    await playing(page);
    assert.equal(server.offers, 2);
  });

  on('asks for a tap when the browser refuses autoplay', async ({ context, server }) => {
    server.behaviour.html = (text) => text.replaceAll(' autoplay', '');
    await context.addInitScript(() => {
      const { play } = HTMLMediaElement.prototype;
      let tapped = false;
      addEventListener('click', () => { tapped = true; }, { capture: true });
      HTMLMediaElement.prototype.play = function playIfTapped() {
        return tapped
          ? play.call(this)
          : Promise.reject(new DOMException('not unasked', 'NotAllowedError'));
      };
    });
    const page = await openPage(context, server.url);
    await saying(page, /Tap to start the picture/);
    await page.click('#stage');
    await playing(page);
    await morePictures(page, 10);
    assert.equal(await page.evaluate(() => document.getElementById('status').classList.contains('shown')), false);
  });

  on('explains what to do in a browser without WebRTC', async ({ context, server }) => {
    await context.addInitScript(() => {
      delete window.RTCPeerConnection;
    });
    const page = await openPage(context, server.url);
    await saying(page, /has no WebRTC/);
    assert.match(await words(page), /Please use a current/);
  });

  on('ends its session when the page is left, and starts one when the page comes back', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await page.goto('about:blank');
    while (server.sockets.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await page.goBack();
    await playing(page);
    assert.equal(server.sockets.length, 1);
  });
});

/// The mean brightness of the picture shown, 0 to 255.
function brightness(page) {
  return page.evaluate(() => {
    const draw = new OffscreenCanvas(16, 9).getContext('2d');
    draw.drawImage(window.cubestream.video, 0, 0, 16, 9);
    const { data } = draw.getImageData(0, 0, 16, 9);
    return data.filter((_, i) => i % 4 !== 3).reduce((sum, value) => sum + value, 0) / (16 * 9 * 3);
  });
}

// SPDX-License-Identifier: MIT
// The page alone, against a server that can misbehave in every way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  keep, keepDiary, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying, words,
} from './browser.mjs';
import { FakeServer } from './fake_server.mjs';
import { rememberPeers } from './pair.mjs';

const kConfig = { width: 1280, height: 720, fps: 30 };
const kPhone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const kDesktop = { viewport: { width: 1280, height: 800 } };

// Many wait for time limits of the page's, so several run at once.
describe('the page', { timeout: 10 * kTimeLimit, concurrency: 4 }, () => {
  let browser;
  before(async () => {
    // Two tabs of one browser find each other by their addresses, which Chromium would hide.
    browser = await launchBrowser({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] });
  });
  after(() => browser.close());

  /// A test with a browser context and a server of its own.
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

  on('plays by itself, muted and inline, and its words fade', async ({ context, server }) => {
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

  on('loads nothing from elsewhere', async ({ context, server }) => {
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

  on('goes full screen on double click and on f, and back', async ({ context, server }) => {
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

  on('keeps the last picture until the server is back, and then plays on', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await morePictures(page, 10);
    server.behaviour.up = false;
    server.closeAll(1001);
    await saying(page, /cannot be reached/);
    await keep(page, 'page-server-down');
    assert.ok(await brightness(page) > 20, 'the old picture is still there');
    server.behaviour.up = true;
    await playing(page);
    await morePictures(page, 10);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 1);
    assert.equal(await page.evaluate(() => document.querySelector('#stage').classList.contains('stale')), false);
  });

  on('keeps the last picture through a new connection that comes to nothing', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    server.behaviour.trickles = false;
    server.closeAll(1001);
    await saying(page, /no video packet arrived/);
    assert.ok(await brightness(page) > 20, 'the old picture is still there');
    server.behaviour.trickles = true;
    await playing(page);
  });

  on('plays on when its socket breaks, and gets the next picture ready behind it', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await morePictures(page, 10);
    await keepDiary(page);
    server.behaviour.up = false;
    server.closeAll(1006);
    await page.waitForFunction(() => window.cubestream.events.some(({ what }) => what.startsWith('unreachable')));
    await morePictures(page, 30);
    server.behaviour.up = true;
    await page.waitForFunction(() => window.cubestream.reconnects === 1);
    await morePictures(page, 10);
    assert.deepEqual(await page.evaluate(() => [...window.diary]), ['playing']);
    assert.equal(server.offers, 2);
    assert.equal(server.sockets.length, 1);
    assert.deepEqual(page.complaints, []);
  });

  on('says what is wrong once the picture ends after its socket, and plays on when it can', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    server.behaviour.up = false;
    server.closeAll(1006);
    await server.silence();
    await saying(page, /cannot be reached.*Trying again…$/);
    assert.equal(await page.evaluate(() => document.getElementById('stage').classList.contains('stale')), true);
    assert.ok(await brightness(page) > 20, 'the old picture is still there');
    server.behaviour.up = true;
    await playing(page);
    await morePictures(page, 10);
    assert.equal(await page.evaluate(() => document.getElementById('stage').classList.contains('stale')), false);
  });

  on('takes candidates that come before the answer', async ({ context, server }) => {
    server.behaviour.answer = async (socket, offer) => {
      const { say } = socket;
      const early = [];
      let answer;
      // The answer is held back until all candidates are out.
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

  on('says that UDP seems blocked when the server answers and no packet comes', async ({ context, server }) => {
    server.behaviour.trickles = false;
    const page = await openPage(context, server.url);
    await saying(page, /The server answered, but no video packet arrived within 5 s: UDP between you and fake\.example/);
    await keep(page, 'page-udp-blocked');
  });

  on('says that the server does not answer', async ({ context, server }) => {
    server.behaviour.answer = () => {};
    const page = await openPage(context, server.url);
    await saying(page, /did not answer within 5 s/);
  });

  on('says why config.json could not be had', async ({ context, server }) => {
    await context.route(`${server.url}config.json`, (route) => route.fulfill({ status: 404 }));
    await saying(await openPage(context, server.url), /config\.json: status 404/);
  });

  on('connects anew when the picture stops coming', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await server.silence();
    // Its words are gone again as soon as the next picture is there, which may be before they can be read.
    await page.waitForFunction(() =>
      window.cubestream.events.some(({ what }) => what.startsWith('stalled: No video has arrived for 3 s')));
    await playing(page);
    assert.equal(server.offers, 2);
  });

  on('takes what it was told of servers before when it is told nothing, but no login that has ended', async ({ context, server }) => {
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
      await context.route(config, () => {}); // which is never answered
      await page.evaluate(() => {
        dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
        dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      });
      while (server.offers === offers) await new Promise((resolve) => setTimeout(resolve, 20));
      await playing(page);
      assert.deepEqual(await serversOf(page), [['stun:127.0.0.1:9', ''], ...(isKept ? [['turn:127.0.0.1:9', 'u']] : [])]);
      await page.close(); // before what it asked for is let go, by which it would begin anew
      await context.unroute(config);
    }
  });

  on('shows a refusal in the server\'s words and asks again only when tapped', async ({ context, server }) => {
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

  on('asks for a tap when the browser does not play by itself', async ({ context, server }) => {
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

  on('tells a browser without WebRTC what to do', async ({ context, server }) => {
    await context.addInitScript(() => {
      delete window.RTCPeerConnection;
    });
    const page = await openPage(context, server.url);
    await saying(page, /has no WebRTC/);
    assert.match(await words(page), /Please use a current/);
  });

  on('gives its place at the server back when it is left, and takes one when it is back', async ({ context, server }) => {
    const page = await openPage(context, server.url);
    await playing(page);
    await page.goto('about:blank');
    while (server.sockets.length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await page.goBack();
    await playing(page);
    assert.equal(server.sockets.length, 1);
  });
});

/// The mean of all colours of the picture shown, 0 to 255.
function brightness(page) {
  return page.evaluate(() => {
    const draw = new OffscreenCanvas(16, 9).getContext('2d');
    draw.drawImage(window.cubestream.video, 0, 0, 16, 9);
    const { data } = draw.getImageData(0, 0, 16, 9);
    return data.filter((_, i) => i % 4 !== 3).reduce((sum, value) => sum + value, 0) / (16 * 9 * 3);
  });
}

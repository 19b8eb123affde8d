// SPDX-License-Identifier: MIT
// Invalid requests are refused, and do not disturb other viewers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, openRaw, playing, saying } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';

const offers = new URL('../offers/', import.meta.url);

describe('with a viewer', { timeout: 10 * kTimeLimit }, () => {
  let browser;
  let context;
  let daemon;
  let viewer;
  let raw;
  before(async () => {
    daemon = await Daemon.start(kSmall);
    browser = await launchBrowser();
    context = await browser.newContext();
    viewer = await openPage(context, daemon.url);
    raw = await openRaw(context, daemon.url);
    await viewer.bringToFront();
    await playing(viewer);
  });
  after(async () => {
    await browser?.close();
    assert.equal((await daemon.stop()).code, 0);
  });

  /// The viewer of before() was not disturbed.
  async function undisturbed() {
    await morePictures(viewer, 15);
    assert.equal(await viewer.evaluate(() => window.cubestream.reconnects), 0);
    const { viewers, webrtcbins_alive: alive } = await daemon.until((now) => now.webrtcbins_alive === 1);
    assert.deepEqual({ viewers, alive }, { viewers: 1, alive: 1 });
  }

  /// Sends this text; returns the code of the first error and the close code.
  function provoke(text) {
    return raw.evaluate(async (message) => {
      const client = new window.RawClient();
      await client.opened;
      client.send(message);
      const [{ code }, close] = await Promise.all([client.message(({ type }) => type === 'error'), client.closed]);
      return { code, close };
    }, text);
  }

  const hostile = [
    ['a message of 200 KB', 'x'.repeat(200_000), 'too-large', 1009],
    ['JSON nested a thousand deep', '['.repeat(1000) + ']'.repeat(1000), 'too-deep', 1008],
    ['invalid JSON', '{"type":', 'bad-json', 1008],
    ['an SDP of 140 KB', JSON.stringify({ type: 'offer', sdp: 'v=0\r\n'.repeat(28_000) }), 'sdp-too-large', 1008],
    ['an SDP with 33 media sections',
      JSON.stringify({ type: 'offer', sdp: `v=0\r\n${'m=video 9 UDP/TLS/RTP/SAVPF 96\r\n'.repeat(33)}` }),
      'too-many-media', 1008],
  ];
  for (const [what, text, code, close] of hostile) {
    it(`${what} closes the connection`, async () => {
      assert.deepEqual(await provoke(text), { code, close });
      await undisturbed();
    });
  }

  it('an offer that is not SDP is refused', async () => {
    const { close } = await provoke(JSON.stringify({ type: 'offer', sdp: 'hello' }));
    assert.equal(close, 1008);
    await undisturbed();
  });

  it('an offer without a supported codec is refused with no-codec', async () => {
    const sdp = (await readFile(new URL('chromium-156-vp8-only.sdp', offers), 'utf8')).replaceAll('VP8', 'AV1');
    assert.deepEqual(await provoke(JSON.stringify({ type: 'offer', sdp })), { code: 'no-codec', close: 1008 });
    await undisturbed();
  });

  /// A page in a browser that supports this codec only.
  async function pageWithOnly(mimeType) {
    const other = await browser.newContext();
    await other.addInitScript((only) => {
      const { addTransceiver } = RTCPeerConnection.prototype;
      RTCPeerConnection.prototype.addTransceiver = function withOneCodec(...all) {
        const transceiver = addTransceiver.apply(this, all);
        const { codecs } = RTCRtpReceiver.getCapabilities('video');
        transceiver.setCodecPreferences(codecs.filter((codec) => codec.mimeType === only));
        return transceiver;
      };
    }, mimeType);
    return openPage(other, daemon.url);
  }

  it('a browser without a supported codec shows the message and does not retry soon', async () => {
    const page = await pageWithOnly('video/AV1');
    await saying(page, /offers AV1, but none of the codecs .*: H264.* VP8.*\. Trying again in 30 s; tap to try now\.$/);
    await keep(page, 'no-codec');
    await page.context().close();
    await undisturbed();
  });

  it('a browser without H.264 gets VP8 from a second encoder while it watches', async () => {
    const page = await pageWithOnly('video/VP8');
    await playing(page);
    await morePictures(page, 15);
    await daemon.until(({ encoders_running: encoders }) => encoders === 2);
    await page.context().close();
    await daemon.until(({ encoders_running: encoders }) => encoders === 1);
    await undisturbed();
  });

  it('unreachable, invalid and early candidates do no harm', async () => {
    await raw.evaluate(async () => {
      const client = new window.RawClient();
      await client.opened;
      client.send({ type: 'ice', candidate: 'candidate:1 1 UDP 1 192.0.2.1 9 typ host', sdpMLineIndex: 0 });
      client.send({ type: 'ice', candidate: 'what?', sdpMLineIndex: 0 });
      await client.offer();
      client.send({ type: 'ice', candidate: 'candidate:1 1 UDP 1 nowhere.local 9 typ host', sdpMLineIndex: 0 });
      client.send({ type: 'ice', candidate: 'what?', sdpMLineIndex: 15 });
      await client.picture();
      client.socket.close();
      client.peer.close();
    });
    await undisturbed();
  });

  it('a second offer on the same WebSocket replaces the first session', async () => {
    await raw.evaluate(async () => {
      const client = new window.RawClient();
      window.twice = client;
      await client.opened;
      await client.offer();
      await client.picture();
      window.first = client.peer;
      await client.offer();
      await client.picture();
    });
    await daemon.until(({ viewers, webrtcbins_alive: alive }) => viewers === 2 && alive === 2);
    await raw.evaluate(() => {
      window.first.close();
      window.twice.peer.close();
      window.twice.socket.close();
    });
    await undisturbed();
  });

  it('a second offer may arrive before the first is answered', async () => {
    await raw.evaluate(async () => {
      const client = new window.RawClient();
      await client.opened;
      await client.offer({ trickle: false, audio: true });
      const first = client.peer;
      await client.offer();
      first.close();
      // The first answer may already be on its way; the client recognises it by the audio section.
      await client.connected;
      await client.picture();
      client.peer.close();
      client.socket.close();
    });
    await undisturbed();
  });
});

describe('a server with CS_MAX_VIEWERS=1', { timeout: 2 * kTimeLimit }, () => {
  it('refuses a second viewer with a message, and accepts it when the first has left', async () => {
    const daemon = await Daemon.start({ ...kSmall, CS_MAX_VIEWERS: '1' });
    const browser = await launchBrowser();
    try {
      const first = await openPage(await browser.newContext(), daemon.url);
      await playing(first);
      const second = await openPage(await browser.newContext(), daemon.url);
      await saying(second, /at most 1 viewers? at a time.*Trying again…$/);
      await first.close();
      await playing(second);
      await morePictures(second, 5);
    } finally {
      await browser.close();
      assert.equal((await daemon.stop()).code, 0);
    }
  });
});

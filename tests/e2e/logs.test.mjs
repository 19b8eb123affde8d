// SPDX-License-Identifier: MIT
// Clients cannot inject control characters or secrets into the log.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import WebSocket from 'ws';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { request } from './http.mjs';
import { Receivers } from './receivers.mjs';

const offer = (name) => readFileSync(new URL(`../offers/${name}.sdp`, import.meta.url), 'utf8');

/// Characters that forge lines, move the cursor, change colours, hide text or reverse its direction.
const kSubtle = '\x7f\u0085\u009b31m\u2028\u2029\u202e\u2066\u200b\ufeff';
const kHostile = `\x1b[31m\x1b]0;title\x07\b${kSubtle}`;
const kForged = '2026-01-01 00:00:00.000 info    main: all is well';

/// Sends this by WebSocket; resolves with the close code. `closes: false`: the server keeps the connection after the
/// error.
async function provoke(url, message, { closes = true } = {}) {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`);
  socket.on('error', () => {});
  const limit = { signal: AbortSignal.timeout(kTimeLimit) };
  await once(socket, 'open', limit);
  const closed = once(socket, 'close', limit);
  socket.send(message);
  if (!closes) {
    await once(socket, 'message');
    socket.close(1000);
  }
  const [code] = await closed;
  return code;
}

function offering(sdp) {
  return JSON.stringify({ type: 'offer', sdp });
}

const kSecrets = {
  CS_TURN_SERVER: 'turn://127.0.0.1:9', CS_TURN_USER: 'turn-user-4711', CS_TURN_PASS: 'turn-secret-4711',
};

describe('a log without a reader', { timeout: 5 * kTimeLimit }, () => {
  it('does not block requests, viewers or the stop', async () => {
    const kMany = 2000;
    const daemon = await Daemon.start(kSmall);
    const receivers = Receivers.start();
    let exit;
    try {
      daemon.stopReading();
      // The first is logged by the HTTP server thread, the second by the main thread.
      const wrong = [['{"type":', 1008], [offering('hello'), 1008]];
      for (let i = 0; i < kMany; ++i) {
        const [message, code] = wrong[i % wrong.length];
        assert.equal(await provoke(daemon.url, message), code, `number ${i}`);
      }
      assert.equal((await request(new URL('healthz', daemon.url))).text, 'ok\n');
      const { id } = await receivers.join(daemon.url);
      receivers.leave(id);
    } finally {
      await receivers.stop();
      exit = await daemon.stop();
    }
    assert.deepEqual({ code: exit.code, signal: exit.signal }, { code: 0, signal: null });
    assert.ok(daemon.log.length < kMany, `the pipe was not full, it held ${daemon.log.length} lines`);
  });
});

for (const format of ['text', 'json'])
  describe(`a log as ${format}`, { timeout: 5 * kTimeLimit }, () => {
    let daemon;
    const start = async (level, more = {}) => {
      daemon = await Daemon.start(
        { CS_LOG_FORMAT: format, CS_LOG_LEVEL: level, CS_WIDTH: '320', CS_HEIGHT: '240', ...kSecrets, ...more });
    };
    afterEach(async () => assert.equal((await daemon.stop()).code, 0, daemon.tail()));

    it('keeps hostile input on one line and free of control characters, even at debug', async () => {
      await start('debug');
      const socket = new WebSocket(`${daemon.url.replace(/^http/, 'ws')}ws`);
      await once(socket, 'open');
      socket.send(offering(offer('chromium-156-recvonly-video')));
      const endings = ['', '\x7f', '\u0085', '\u2028', '\u2029']; // candidates with C0 controls are refused earlier
      for (const [i, ending] of endings.entries())
        socket.send(JSON.stringify({ type: 'ice', sdpMLineIndex: 0, candidate: `candidate:${i}EVIL${kSubtle}${ending}${kForged}` }));
      for (const i of endings.keys()) await daemon.line(new RegExp(`${i}EVIL`));
      socket.close(1000);
      await provoke(daemon.url, offering(offer('chromium-156-vp8-only').replaceAll('VP8', kHostile)));
      await provoke(daemon.url, JSON.stringify({ type: `${kHostile}\n${kForged}` }), { closes: false });
      await provoke(daemon.url, `${kHostile}\n${kForged}`);
      await provoke(daemon.url, Buffer.from([0xff, 0x9b, 0x33, 0x31, 0x6d, 0xe2, 0x80]));
      const { log, raw } = daemon;
      assert.ok(log.length > 10);
      for (const line of raw) {
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/, JSON.stringify(line));
        assert.ok(!line.startsWith(kForged), line);
        if (format === 'json') {
          const said = JSON.parse(line);
          assert.deepEqual(Object.keys(said), ['time', 'level', 'name', 'message']);
          assert.ok(!Number.isNaN(Date.parse(said.time)), said.time);
          assert.match(line, /^[\x20-\x7e]*$/);
        }
      }
    });

    it('contains no TURN login at trace, even with all debug output of GStreamer and libnice', async () => {
      const kUser = '1700000000:turn-user-4711';
      const kSecret = 'turn-secret-4711-0123456789abcdef';
      for (const login of [{ CS_TURN_USER: kUser, CS_TURN_PASS: 'p@ss/4711' }, { CS_TURN_SECRET: kSecret }]) {
        await start('trace', {
          GST_DEBUG: '2,webrtc*:9,nice*:9', NICE_DEBUG: 'all', G_MESSAGES_DEBUG: 'all',
          CS_TURN_USER: '', CS_TURN_PASS: '', ...login,
        });
        const receivers = Receivers.start();
        await receivers.join(daemon.url);
        await receivers.stop();
        const all = daemon.raw.join('\n');
        assert.match(all, /turn:\/\/\.\.\.@127\.0\.0\.1:9/, 'the log has what GStreamer logs about the relay');
        for (const word of [kUser, 'turn-user-4711', 'p@ss/4711', kSecret])
          for (const form of [word, encodeURIComponent(word)]) assert.ok(!all.includes(form), form);
        assert.doesNotMatch(all, /\b\d{10}(:|%3A)[0-9a-f]{16}\b/i);
        if (login.CS_TURN_PASS) assert.equal((await daemon.stop()).code, 0);
      }
    });

    it('contains no SDP, password or candidate at info', async () => {
      await start('info');
      const receivers = Receivers.start();
      await receivers.join(daemon.url);
      await receivers.stop();
      const sdp = offer('chromium-156-recvonly-video-audio-data');
      const password = sdp.match(/a=ice-pwd:(\S+)/)[1];
      // webrtcbin may quote the invalid value in its error.
      const other = 'otherotherotherotherother4711';
      const code = await provoke(daemon.url, offering(sdp.replaceAll('a=setup:actpass', `a=setup:${other}`)));
      assert.equal(code, 1011);
      await daemon.line(/^.*left \(bad-offer\): /);
      await provoke(daemon.url, offering(`${sdp.slice(0, sdp.indexOf('m='))}v=0\r\na=ice-pwd:${other}\r\n`));
      const all = daemon.raw.join('\n');
      for (const secret of ['v=0', 'a=', 'm=video', 'candidate:', 'fingerprint', password, other, ...Object.values(kSecrets).slice(1)])
        assert.ok(!all.includes(secret), `${secret} in\n${all}`);
    });
  });

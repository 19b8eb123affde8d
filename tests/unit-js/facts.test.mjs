// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, newFacts } from '../../web/facts.js';

const kStart = 1000;
/// The facts of a session that succeeded up to a step, with `changes`.
const connecting = (changes) => ({ ...newFacts(kStart, 'cube.example'), ...changes });
const offered = (changes) => connecting({ openedAt: 1010, offeredAt: 1020, ...changes });
const answered = (changes) => offered({ answeredAt: 1050, iceState: 'checking', ...changes });
const receiving = (changes) =>
  answered({ iceState: 'connected', packets: 10, packetAt: 1100, firstPacketAt: 1100, ...changes });
const decoding = (changes) => receiving({ frames: 5, frameAt: 1200, firstFrameAt: 1200, packetAt: 1200, ...changes });
const watching = (changes) => decoding({ shown: true, ...changes });

test('there is no problem at any step within its time limit', () => {
  for (const facts of [connecting(), offered(), answered(), receiving(), decoding(), watching()])
    assert.equal(judge(facts, kStart + 300), null);
});

test('a browser without WebRTC is reported at once', () => {
  assert.equal(judge(connecting({ supported: false }), kStart), 'no-webrtc');
});

test('a socket that does not open within five seconds means that the server is unreachable', () => {
  assert.equal(judge(connecting(), kStart + 5000), null);
  assert.equal(judge(connecting(), kStart + 5001), 'unreachable');
});

test('a refused socket means at once that the server is unreachable or the device is offline', () => {
  const gone = { closeCode: 1006, configSettled: true, configFailure: 'Failed to fetch' };
  assert.equal(judge(connecting(gone), kStart), 'unreachable');
  assert.equal(judge(connecting({ ...gone, online: false }), kStart), 'offline');
});

test('a refused socket waits for config.json, which tells the reason', () => {
  const refused = { closeCode: 1006 };
  assert.equal(judge(connecting(refused), kStart + 5000), null);
  assert.equal(judge(connecting(refused), kStart + 5001), 'unreachable');
  assert.equal(judge(connecting({ ...refused, configSettled: true }), kStart), 'no-socket');
  const denied = { status: 401, words: 'The token is wrong.', hadToken: true };
  assert.equal(judge(connecting({ ...refused, configSettled: true, denied }), kStart), 'denied');
  assert.equal(judge(connecting({ denied }), kStart), 'denied');
});

test('a missing config.json is reported once the open socket shows that the server is reachable', () => {
  assert.equal(judge(connecting({ configFailure: 'status 404' }), kStart), null);
  assert.equal(judge(connecting({ configFailure: 'status 404', openedAt: 1010 }), kStart + 20), 'no-config');
});

test('an offer without an answer within five seconds is given up', () => {
  assert.equal(judge(offered(), 1020 + 5000), null);
  assert.equal(judge(offered(), 1020 + 5001), 'no-answer');
});

test('a failure of the browser itself is reported at once', () => {
  assert.equal(judge(connecting({ openedAt: 1010, beginFailure: 'bad URL' }), 1020), 'cannot-begin');
  assert.equal(judge(offered({ answerFailure: 'bad SDP' }), 1030), 'bad-answer');
});

test('an answer and no packet within five seconds means that UDP is blocked', () => {
  assert.equal(judge(answered(), 1050 + 5000), null);
  assert.equal(judge(answered(), 1050 + 5001), 'no-udp');
});

test('failed ICE means at once that UDP is blocked', () => {
  assert.equal(judge(answered({ iceState: 'failed' }), 1060), 'no-udp');
});

test('connected ICE without packets is not reported as blocked UDP', () => {
  assert.equal(judge(answered({ iceState: 'connected' }), 1050 + 5001), 'no-media');
});

test('five seconds of packets without a decoded picture mean that the decoder fails', () => {
  assert.equal(judge(receiving({ packetAt: 6000 }), 6100), null);
  assert.equal(judge(receiving({ packetAt: 6101 }), 6101), 'no-decode');
});

test('packets that stop before the first picture are reported as a stall, not as a decoder failure', () => {
  assert.equal(judge(receiving(), 1100 + 3001), 'stalled');
});

test('a picture that waits for a tap is no problem', () => {
  assert.equal(judge(receiving({ awaitsTap: true }), 60_000), null);
});

test('pictures that are decoded but not shown for five seconds are a browser problem', () => {
  assert.equal(judge(decoding({ frameAt: 6200 }), 6200), null);
  assert.equal(judge(decoding({ frameAt: 6201 }), 6201), 'not-shown');
  assert.equal(judge(watching({ frameAt: 60_000 }), 60_000), null);
});

test('three seconds without a picture are a stall, or a frozen picture if packets arrive', () => {
  assert.equal(judge(watching(), 1200 + 3000), null);
  assert.equal(judge(watching(), 1200 + 3001), 'stalled');
  assert.equal(judge(watching({ packetAt: 4000 }), 1200 + 3001), 'frozen');
});

test('at a low frame rate, five more pictures may be missing', () => {
  const rarely = { pictureEvery: 1000 };
  assert.equal(judge(watching(rarely), 1200 + 8000), null);
  assert.equal(judge(watching(rarely), 1200 + 8001), 'stalled');
  assert.equal(judge(watching({ ...rarely, packetAt: 9000 }), 1200 + 8001), 'frozen');
});

test('a lost ICE connection alone is no problem while pictures arrive', () => {
  assert.equal(judge(watching({ iceState: 'disconnected' }), 1300), null);
});

test('the close code distinguishes a restart, a full server and a lost connection', () => {
  assert.equal(judge(watching({ closeCode: 1001 }), 1300), 'going-away');
  assert.equal(judge(offered({ closeCode: 1013 }), 1300), 'try-later');
  assert.equal(judge(decoding({ closeCode: 1006 }), 1300), 'lost');
});

test('a picture that is shown survives a broken socket until the pictures stop too', () => {
  for (const closeCode of [1005, 1006, 1012, 1014]) {
    assert.equal(judge(watching({ closeCode }), 1200 + 3000), null);
    assert.equal(judge(watching({ closeCode }), 1200 + 3001), 'lost');
    assert.equal(judge(watching({ closeCode, packetAt: 4000 }), 1200 + 3001), 'lost');
  }
});

test('a picture does not survive a close or refusal by the server itself', () => {
  for (const closeCode of [1000, 1001, 1008, 1011, 1013])
    assert.notEqual(judge(watching({ closeCode }), 1300), null, closeCode);
  const refusal = { code: 'vanished', message: 'no word of you' };
  assert.equal(judge(watching({ refusal, closeCode: 1006 }), 1300), 'refused');
});

test('a server error counts only after the close, because it may be temporary', () => {
  const refusal = { code: 'no-codec', message: 'no H.264 offered' };
  assert.equal(judge(offered({ refusal }), 1100), null);
  assert.equal(judge(offered({ refusal, closeCode: 1008 }), 1100), 'refused');
});

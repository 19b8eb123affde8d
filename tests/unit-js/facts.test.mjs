// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, newFacts } from '../../web/facts.js';

const kStart = 1000;
/// What had been seen when it went well up to a step, and then `changes`.
const connecting = (changes) => ({ ...newFacts(kStart, 'cube.example'), ...changes });
const offered = (changes) => connecting({ openedAt: 1010, offeredAt: 1020, ...changes });
const answered = (changes) => offered({ answeredAt: 1050, iceState: 'checking', ...changes });
const receiving = (changes) =>
  answered({ iceState: 'connected', packets: 10, packetAt: 1100, firstPacketAt: 1100, ...changes });
const decoding = (changes) => receiving({ frames: 5, frameAt: 1200, firstFrameAt: 1200, packetAt: 1200, ...changes });
const watching = (changes) => decoding({ shown: true, ...changes });

test('all is well at each step while there is pictureTimeout', () => {
  for (const facts of [connecting(), offered(), answered(), receiving(), decoding(), watching()])
    assert.equal(judge(facts, kStart + 300), null);
});

test('a browser without WebRTC is told at once', () => {
  assert.equal(judge(connecting({ supported: false }), kStart), 'no-webrtc');
});

test('a socket that does not open within five seconds means that the server is unreachable', () => {
  assert.equal(judge(connecting(), kStart + 5000), null);
  assert.equal(judge(connecting(), kStart + 5001), 'unreachable');
});

test('a socket that is refused means it at once, or that this device is offline', () => {
  const gone = { closeCode: 1006, configSettled: true, configFailure: 'Failed to fetch' };
  assert.equal(judge(connecting(gone), kStart), 'unreachable');
  assert.equal(judge(connecting({ ...gone, online: false }), kStart), 'offline');
});

test('why a socket was refused, config.json tells, and it is waited for', () => {
  const refused = { closeCode: 1006 };
  assert.equal(judge(connecting(refused), kStart + 5000), null);
  assert.equal(judge(connecting(refused), kStart + 5001), 'unreachable');
  assert.equal(judge(connecting({ ...refused, configSettled: true }), kStart), 'no-socket');
  const denied = { status: 401, words: 'The token is wrong.', hadToken: true };
  assert.equal(judge(connecting({ ...refused, configSettled: true, denied }), kStart), 'denied');
  assert.equal(judge(connecting({ denied }), kStart), 'denied');
});

test('a missing config.json is named once the socket shows that the server is there', () => {
  assert.equal(judge(connecting({ configFailure: 'status 404' }), kStart), null);
  assert.equal(judge(connecting({ configFailure: 'status 404', openedAt: 1010 }), kStart + 20), 'no-config');
});

test('an offer that is not answered within five seconds is given up', () => {
  assert.equal(judge(offered(), 1020 + 5000), null);
  assert.equal(judge(offered(), 1020 + 5001), 'no-answer');
});

test('what the browser itself refuses is told at once', () => {
  assert.equal(judge(connecting({ openedAt: 1010, beginFailure: 'bad URL' }), 1020), 'cannot-begin');
  assert.equal(judge(offered({ answerFailure: 'bad SDP' }), 1030), 'bad-answer');
});

test('an answer and no packet within five seconds means that UDP is blocked', () => {
  assert.equal(judge(answered(), 1050 + 5000), null);
  assert.equal(judge(answered(), 1050 + 5001), 'no-udp');
});

test('failed ICE means it at once', () => {
  assert.equal(judge(answered({ iceState: 'failed' }), 1060), 'no-udp');
});

test('connected ICE and no packet is not the fault of UDP', () => {
  assert.equal(judge(answered({ iceState: 'connected' }), 1050 + 5001), 'no-media');
});

test('packets that go on for five seconds without a decoded picture mean a decoder that cannot', () => {
  assert.equal(judge(receiving({ packetAt: 6000 }), 6100), null);
  assert.equal(judge(receiving({ packetAt: 6101 }), 6101), 'no-decode');
});

test('packets that cease before the first picture are not blamed on the decoder', () => {
  assert.equal(judge(receiving(), 1100 + 3001), 'stalled');
});

test('nobody is to blame for a picture that waits for a tap', () => {
  assert.equal(judge(receiving({ awaitsTap: true }), 60_000), null);
});

test('pictures that are decoded and for five seconds not shown are the browser\'s fault', () => {
  assert.equal(judge(decoding({ frameAt: 6200 }), 6200), null);
  assert.equal(judge(decoding({ frameAt: 6201 }), 6201), 'not-shown');
  assert.equal(judge(watching({ frameAt: 60_000 }), 60_000), null);
});

test('three seconds without a picture are a stall, with packets a frozen picture', () => {
  assert.equal(judge(watching(), 1200 + 3000), null);
  assert.equal(judge(watching(), 1200 + 3001), 'stalled');
  assert.equal(judge(watching({ packetAt: 4000 }), 1200 + 3001), 'frozen');
});

test('where pictures come rarely, five of them may be missing', () => {
  const rarely = { pictureEvery: 1000 };
  assert.equal(judge(watching(rarely), 1200 + 8000), null);
  assert.equal(judge(watching(rarely), 1200 + 8001), 'stalled');
  assert.equal(judge(watching({ ...rarely, packetAt: 9000 }), 1200 + 8001), 'frozen');
});

test('a lost ICE connection alone is not the end while pictures come', () => {
  assert.equal(judge(watching({ iceState: 'disconnected' }), 1300), null);
});

test('the close code tells a restart, a full house and a loss apart', () => {
  assert.equal(judge(watching({ closeCode: 1001 }), 1300), 'going-away');
  assert.equal(judge(offered({ closeCode: 1013 }), 1300), 'try-later');
  assert.equal(judge(decoding({ closeCode: 1006 }), 1300), 'lost');
});

test('a picture that is seen outlives a socket that broke, until it ceases itself', () => {
  for (const closeCode of [1005, 1006, 1012, 1014]) {
    assert.equal(judge(watching({ closeCode }), 1200 + 3000), null);
    assert.equal(judge(watching({ closeCode }), 1200 + 3001), 'lost');
    assert.equal(judge(watching({ closeCode, packetAt: 4000 }), 1200 + 3001), 'lost');
  }
});

test('a picture does not outlive the server\'s own word', () => {
  for (const closeCode of [1000, 1001, 1008, 1011, 1013])
    assert.notEqual(judge(watching({ closeCode }), 1300), null, closeCode);
  const refusal = { code: 'vanished', message: 'no word of you' };
  assert.equal(judge(watching({ refusal, closeCode: 1006 }), 1300), 'refused');
});

test('an error of the server counts once it has closed, for it may be a passing one', () => {
  const refusal = { code: 'no-codec', message: 'no H.264 offered' };
  assert.equal(judge(offered({ refusal }), 1100), null);
  assert.equal(judge(offered({ refusal, closeCode: 1008 }), 1100), 'refused');
});

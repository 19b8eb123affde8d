// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { newFacts } from '../../web/facts.js';
import { explain, networkWords } from '../../web/words.js';

const facts = (changes) => ({ ...newFacts(0, 'cube.example'), ...changes });
const source = (name) => readFile(new URL(`../../web/${name}`, import.meta.url), 'utf8');

test('every problem code has its own explanation', async () => {
  const found = new Set(
    [...(await source('facts.js')).matchAll(/'([a-z0-9]+(?:-[a-z0-9]+)*)'/g)].map(([, word]) => word));
  for (const notAProblem of ['new', 'failed', 'connected', 'completed']) found.delete(notAProblem);
  assert.ok(found.size >= 14, `only ${found.size} problems found in facts.js`);
  for (const problem of found) {
    const { text } = explain(problem, facts({ refusal: { code: 'x', message: 'x' }, denied: { status: 401, words: 'x' } }));
    assert.doesNotMatch(text, /An unexpected problem/, problem);
    assert.match(text, /[.)]$/, problem);
  }
});

test('blocked UDP is explained with the host and a remedy', () => {
  const { text, retry } = explain('no-udp', facts());
  assert.match(text, /^The server answered, but no video packet arrived within 5 s: UDP between you and cube\.example seems blocked\./);
  assert.match(text, /CS_TURN_SERVER/);
  assert.equal(retry, 'soon');
});

test('the advice to set up a TURN server is omitted where one was tried', () => {
  const { text } = explain('no-udp', facts({ hasTurn: true }));
  assert.match(text, /TURN server did not help/);
  assert.doesNotMatch(text, /CS_TURN_SERVER/);
});

test('a refusal shows the server\'s message as a sentence', () => {
  const refusal = { code: 'no-codec', message: 'the offer has no H.264' };
  const { text, retry } = explain('refused', facts({ refusal, closeCode: 1008 }));
  assert.equal(text, 'The offer has no H.264.');
  assert.equal(retry, 'patient');
});

test('a message with final punctuation gets no full stop', () => {
  const refusal = { code: 'x', message: 'Really?' };
  assert.equal(explain('refused', facts({ refusal, closeCode: 1008 })).text, 'Really?');
});

test('a temporary refusal is retried soon, a refusal because of the codec is not', () => {
  const refusals = [
    ['too-many-viewers', 1013, 'soon'],
    ['too-many-pending', 1013, 'soon'],
    ['vanished', 1011, 'soon'],
    ['server-error', 1011, 'soon'],
    ['vanished', 1006, 'soon'], // the connection broke before the server's close arrived
    ['bad-sdp', 1008, 'patient'],
    ['no-codec', 1008, 'patient'],
    ['no-codec', 1006, 'patient'],
    ['no-codec', 1013, 'patient'],
  ];
  for (const [code, closeCode, retry] of refusals) {
    const told = explain('refused', facts({ refusal: { code, message: 'it is so' }, closeCode }));
    assert.deepEqual(told, { text: 'It is so.', retry }, `${code} ${closeCode}`);
  }
});

test('a slow network is explained with its rate and its effect', () => {
  const slow = (kbps) => networkWords({ slow: true, kbps, picture: null });
  assert.equal(slow(null), 'Your network is too slow for this picture, so motion is less smooth.');
  assert.match(slow(1140), /too slow for this picture: it carries about 1\.1 Mbit\/s, so/);
  assert.match(slow(330), /about 350 kbit\/s/);
  assert.match(slow(3), /about 50 kbit\/s/);
});

test('a smaller picture is explained with the rate of the network', () => {
  const picture = { width: 640, height: 360 };
  assert.equal(networkWords({ slow: false, kbps: 960, picture }), 'Your connection carries about 1.0 Mbit/s: showing 640×360.');
  assert.equal(networkWords({ slow: false, kbps: null, picture }), 'Your connection is slow: showing 640×360.');
  assert.match(networkWords({ slow: true, kbps: 100, picture }), /too slow/);
});

test('a browser without WebRTC does not retry', () => {
  assert.equal(explain('no-webrtc', facts()).retry, 'never');
});

test('a denial shows the server\'s message and is not retried', () => {
  const told = (denied) => explain('denied', facts({ denied: { hadToken: true, words: 'the link has expired\n', ...denied } }));
  assert.deepEqual(told({ status: 401 }), { text: 'The link has expired.', retry: 'never', wantsToken: true });
  assert.deepEqual(told({ status: 429, words: 'too many' }), { text: 'Too many.', retry: 'never', wantsToken: true });
  assert.deepEqual(told({ status: 403, words: 'not from there' }), { text: 'Not from there.', retry: 'never', wantsToken: false });
  assert.match(told({ status: 401, hadToken: false }).text, /^This server requires a token\. .* link .*\.$/);
});

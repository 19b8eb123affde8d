// SPDX-License-Identifier: MIT
// How the sessions and what handles input are connected.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputLink } from '../../web/input_link.js';

const settled = () => new Promise((resolve) => { setTimeout(resolve); });

/// A link that counts loads; a session takes part as session.js does it.
function linkWith({ fails = 0 } = {}) {
  const made = { loads: 0, heard: [], used: [] };
  made.link = new InputLink(async () => {
    made.loads += 1;
    if (made.loads <= fails) throw new Error('offline');
    return { use: (session) => made.used.push(session), leave: () => made.used.push('leave'),
      hear: ({ type }) => made.heard.push(type), latency: { summary: () => 5 } };
  });
  made.hear = (session, message) => {
    if (['scene', 'control'].includes(message.type)) session[message.type] = message;
    made.link.hear(message, session);
  };
  return made;
}
const newSession = () => ({ scene: null, control: null, sent: [], buffered: 0, interact(message) { return this.sent.push(message) > 0; } });
const kScene = { type: 'scene', input: ['pointer'] };

test('input is loaded after the first picture, once, and only if the scene wants it', async () => {
  const made = linkWith();
  const session = newSession();
  made.link.use(session);
  made.hear(session, { type: 'scene', input: [] });
  made.link.ready();
  await settled();
  assert.equal(made.loads, 0);
  made.hear(session, kScene);
  made.hear(session, kScene);
  await settled();
  made.hear(session, { type: 'control', mode: 'one' });
  assert.deepEqual([made.loads, made.used, made.heard], [1, [session], ['control']]);
  assert.equal(made.link.latency, 5);
});

test('before the first picture nothing is loaded', async () => {
  const made = linkWith();
  const session = newSession();
  made.link.use(session);
  made.hear(session, kScene);
  await settled();
  assert.equal(made.loads, 0);
  made.link.ready();
  await settled();
  assert.equal(made.loads, 1);
});

test('a failed load is tried again with the next message', async () => {
  const made = linkWith({ fails: 1 });
  const session = newSession();
  made.link.use(session);
  made.link.ready();
  made.hear(session, kScene);
  await settled();
  made.hear(session, kScene);
  await settled();
  assert.deepEqual([made.loads, made.used.length], [2, 1]);
});

test('the next session resumes the control of the broken one', () => {
  const { link, hear } = linkWith();
  const [first, second] = [newSession(), newSession()];
  link.use(first);
  assert.equal(first.resumeKey, null);
  hear(first, { type: 'control', mode: 'one', key: 'abc', you: 3 });
  assert.deepEqual(link.control, { mode: 'one', you: 3 });
  link.use(null);
  assert.equal(link.send({ type: 'control', do: 'take' }), false);
  link.use(second);
  assert.equal(second.resumeKey, 'abc');
});

test('what is down is released before the session changes', async () => {
  const made = linkWith();
  const session = newSession();
  made.link.use(session);
  made.link.ready();
  made.hear(session, kScene);
  await settled();
  made.link.use(session);
  made.link.use(null);
  assert.deepEqual(made.used, [session, 'leave', null]);
});

test('messages of an ended session are ignored', () => {
  const { link, hear } = linkWith();
  const [old, now] = [newSession(), newSession()];
  const heard = [];
  link.onmessage = (data) => heard.push(data);
  link.use(now);
  hear(old, { type: 'message', data: 'old' });
  hear(now, { type: 'message', data: { a: 1 } });
  assert.deepEqual(heard, [{ a: 1 }]);
});

test('data for the application is JSON of at most 16 KiB', () => {
  const { link } = linkWith();
  const session = newSession();
  assert.equal(link.sendData(1), false);
  link.use(session);
  assert.equal(link.sendData({ a: 1 }), true);
  assert.deepEqual(session.sent, [{ type: 'message', data: { a: 1 } }]);
  assert.throws(() => link.sendData(undefined), TypeError);
  assert.throws(() => link.sendData('x'.repeat(16_384)), RangeError);
});

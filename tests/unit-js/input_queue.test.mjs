// SPDX-License-Identifier: MIT
// How waiting events are merged, and when they are sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputQueue } from '../../web/input_queue.js';
import { InputSender } from '../../web/input_sender.js';

const move = (at, x, more = {}) =>
  ({ kind: 'pointer', at, action: 'move', device: 'mouse', id: 0, buttons: 0, modifiers: 0, x, y: 0, pressure: 0, ...more });
const key = (at, action, code = 'KeyW') => ({ kind: 'key', at, action, code, modifiers: 0 });

function queued(...events) {
  const queue = new InputQueue();
  for (const event of events) queue.add(event);
  return queue.take();
}

test('the latest move of each pointer waits, with the time of the oldest', () => {
  const events = queued(move(1, 0.1), move(2, 0.2), move(3, 0.5, { device: 'touch', id: 1, buttons: 1 }), move(4, 0.3));
  assert.deepEqual(events.map(({ at, x, device }) => [at, x, device]), [[1, 0.3, 'mouse'], [3, 0.5, 'touch']]);
});

test('motions and wheel turns add up, pinches multiply', () => {
  const motion = (at, dx) => ({ kind: 'motion', at, dx, dy: 1, buttons: 0, modifiers: 0 });
  assert.deepEqual(queued(motion(1, 0.25), motion(2, 0.5)), [{ ...motion(1, 0.75), dy: 2 }]);
  const wheel = (at, dy, modifiers = 0) => ({ kind: 'wheel', at, dx: 0, dy, x: at, y: 0, modifiers });
  assert.deepEqual(queued(wheel(1, 10), wheel(2, 5), wheel(3, 1, 1)), [{ ...wheel(1, 15), x: 2 }, wheel(3, 1, 1)]);
  const pinch = (at, factor) => ({ kind: 'pinch', at, factor, x: 0, y: 0 });
  assert.deepEqual(queued(pinch(1, 2), pinch(2, 1.5)), [pinch(1, 3)]);
});

test('buttons and keys are never merged, and nothing passes them', () => {
  const press = { ...move(2, 0.2), action: 'down', button: 0, buttons: 1 };
  assert.equal(queued(move(1, 0.1), press, move(3, 0.3, { buttons: 1 }), move(4, 0.4, { buttons: 1 })).length, 3);
  assert.equal(queued(move(1, 0.1), key(2, 'down'), move(3, 0.3), key(4, 'up')).length, 4);
  assert.equal(queued(key(1, 'down'), key(2, 'down')).length, 2);
});

/// A sender with timers that the test drives.
function senderWith({ buffered = () => 0 } = {}) {
  const made = { sent: [], frames: [], beats: [] };
  made.sender = new InputSender({
    send: (bytes) => made.sent.push(bytes) > 0, sent: () => {}, buffered, frame: () => false,
  }, {
    frame: (act) => made.frames.push(act),
    cancelFrame: () => {},
    every: (ms, act) => made.beats.push(act),
    end: () => made.beats.splice(0),
  });
  made.nextFrame = () => made.frames.splice(0).forEach((act) => act(0));
  return made;
}
const kindsIn = (bytes) => {
  const kinds = [];
  for (let place = 16; place < bytes.length; place += 2 + bytes[place + 1]) kinds.push(bytes[place]);
  return kinds;
};

test('a thousand moves a second make one message per animation frame', () => {
  const { sender, sent, nextFrame } = senderWith();
  for (let at = 0; at < 1000; at += 1) {
    sender.add([move(at, at / 1000)], 'early');
    if (at % 16 === 15) nextFrame();
  }
  assert.ok(sent.length >= 62 && sent.length <= 64, `${sent.length} messages`);
  assert.ok(sent.every((bytes) => kindsIn(bytes).length === 1));
});

test('the first move after a rest is sent at once', () => {
  const { sender, sent, nextFrame } = senderWith();
  sender.add([move(0, 0)], 'early');
  assert.equal(sent.length, 1);
  sender.add([move(1, 0)], 'early');
  assert.equal(sent.length, 1);
  nextFrame();
  assert.equal(sent.length, 2);
  nextFrame();
  sender.add([move(2, 0)], 'early');
  assert.equal(sent.length, 3);
});

test('a key is sent at once, together with the moves before it', () => {
  const { sender, sent } = senderWith();
  sender.add([move(0, 0)]);
  sender.add([key(1, 'down')], 'now');
  assert.deepEqual(sent.map(kindsIn), [[1, 5]]);
});

test('on a slow link moves wait in the page and buttons do not', () => {
  let waiting = 100_000;
  const { sender, sent, nextFrame } = senderWith({ buffered: () => waiting });
  for (let at = 0; at < 50; at += 1) {
    sender.add([move(at, at / 50)], 'early');
    nextFrame();
  }
  assert.equal(sent.length, 0);
  sender.add([key(50, 'down')], 'now');
  assert.deepEqual(sent.map(kindsIn), [[1, 5]]);
  waiting = 0;
  sender.add([move(51, 0)]);
  nextFrame();
  assert.equal(sent.length, 2);
});

test('a heartbeat runs while something is down', () => {
  const { sender, sent, beats } = senderWith();
  assert.equal(beats.length, 0);
  sender.add([key(0, 'down')], 'now');
  assert.equal(beats.length, 1);
  beats[0]();
  assert.deepEqual(sent.map(kindsIn), [[5], [10]]);
  sender.add([key(1, 'up')], 'now');
  assert.equal(beats.length, 0);
});

test('a new connection starts with batch 1 and forgets what is down', () => {
  const { sender, sent, beats } = senderWith();
  sender.add([key(0, 'down')], 'now');
  sender.restart();
  assert.equal(beats.length, 0);
  assert.ok(sender.held.isEmpty);
  sender.add([key(1, 'down')], 'now');
  assert.equal(new DataView(sent[1].buffer).getUint32(4, true), 1);
});

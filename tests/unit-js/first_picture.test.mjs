// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FirstPicture, kSteps, parts } from '../../web/first_picture.js';

/// A session that started 100 ms after the navigation and reached a step every 10 ms.
function usual() {
  const first = new FirstPicture(100);
  ['socketOpen', 'offerSent', 'answered', 'iceConnected', 'dtlsConnected'].forEach((step, i) =>
    first.reach(step, 110 + 10 * i));
  first.present({ receiveTime: 160, processingDuration: 0.01 }, 180);
  return first;
}

test('steps count from the start of the session, and the start counts from the navigation', () => {
  assert.deepEqual(usual().summary(), {
    startedAtMs: 100, socketOpen: 10, offerSent: 20, answered: 30, iceConnected: 40, dtlsConnected: 50,
    keyframeReceived: 60, decoded: 70, presented: 80,
  });
});

test('only the first time of a step counts', () => {
  const first = usual();
  first.reach('iceConnected', 5000);
  first.present({ receiveTime: 6000, processingDuration: 0.01 }, 6020);
  assert.deepEqual(first.summary(), usual().summary());
});

test('a time that the browser does not report is null', () => {
  const first = new FirstPicture(0);
  first.present({}, 50);
  const { presented, ...others } = first.summary();
  assert.equal(presented, 50);
  assert.equal(others.keyframeReceived, null);
  assert.equal(others.decoded, null);
});

test('the decode time is at most the presentation time', () => {
  const first = new FirstPicture(0);
  first.present({ receiveTime: 40, processingDuration: 1 }, 50);
  assert.equal(first.summary().decoded, 50);
});

test('the parts are in order and add up to the total', () => {
  const all = parts(usual().summary());
  assert.deepEqual(all.map(({ name }) => name), kSteps.map(([, name]) => name));
  assert.equal(all.reduce((sum, { ms }) => sum + ms, 0), 80);
});

test('steps that are out of order or unknown do not change the total', () => {
  const summary = { ...usual().summary(), socketOpen: 25, keyframeReceived: null, decoded: null };
  const all = parts(summary);
  assert.deepEqual(all.map(({ name, ms }) => [name, ms]),
    [['socket', 25], ['offer', 0], ['answer', 5], ['ICE', 10], ['DTLS', 10], ['show', 30]]);
});

// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../web/backoff.js';

const waits = (backoff, count) => Array.from({ length: count }, () => backoff.next());

test('the longest wait doubles from half a second and stops at eight', () => {
  const longest = new Backoff({ random: () => 1 });
  assert.deepEqual(waits(longest, 7), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test('a wait is never shorter than half of the longest', () => {
  const shortest = new Backoff({ random: () => 0 });
  assert.deepEqual(waits(shortest, 6), [250, 500, 1000, 2000, 4000, 4000]);
});

test('two viewers do not wait equally long', () => {
  assert.notDeepEqual(waits(new Backoff(), 5), waits(new Backoff(), 5));
});

test('after a success it begins anew', () => {
  const backoff = new Backoff({ random: () => 1 });
  waits(backoff, 5);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

test('a day of failures does not overflow', () => {
  const backoff = new Backoff({ random: () => 1 });
  assert.equal(waits(backoff, 20_000).at(-1), 8000);
});

// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../web/backoff.js';

const waits = (backoff, count) => Array.from({ length: count }, () => backoff.next());

test('the maximum wait doubles from half a second to eight seconds', () => {
  const longest = new Backoff({ random: () => 1 });
  assert.deepEqual(waits(longest, 7), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test('a wait is at least half of the maximum', () => {
  const shortest = new Backoff({ random: () => 0 });
  assert.deepEqual(waits(shortest, 6), [250, 500, 1000, 2000, 4000, 4000]);
});

test('two viewers wait for different times', () => {
  assert.notDeepEqual(waits(new Backoff(), 5), waits(new Backoff(), 5));
});

test('reset() starts again with the first wait', () => {
  const backoff = new Backoff({ random: () => 1 });
  waits(backoff, 5);
  backoff.reset();
  assert.equal(backoff.next(), 500);
});

test('a day of failures does not overflow', () => {
  const backoff = new Backoff({ random: () => 1 });
  assert.equal(waits(backoff, 20_000).at(-1), 8000);
});

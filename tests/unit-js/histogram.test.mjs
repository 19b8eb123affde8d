// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference, quantile } from '../../web/histogram.js';

const kBounds = [1, 2, 4, 8];
const histogram = (...buckets) => ({ count: buckets.reduce((a, b) => a + b), sumUs: 0, buckets });

test('a quantile is interpolated within its bucket', () => {
  const even = histogram(0, 0, 10, 10, 0);
  assert.equal(quantile(kBounds, even, 0.25), 3);
  assert.equal(quantile(kBounds, even, 0.5), 4);
  assert.equal(quantile(kBounds, even, 0.75), 6);
  assert.equal(quantile(kBounds, even, 1), 8);
});

test('the first bucket starts at zero', () => {
  assert.equal(quantile(kBounds, histogram(4, 0, 0, 0, 0), 0.5), 0.5);
});

test('a quantile in the last bucket is the last bound', () => {
  assert.equal(quantile(kBounds, histogram(1, 0, 0, 0, 99), 0.5), 8);
});

test('an empty histogram has no quantile', () => {
  assert.equal(quantile(kBounds, histogram(0, 0, 0, 0, 0), 0.5), null);
  assert.equal(quantile(kBounds, { buckets: [] }, 0.5), null);
});

test('quantiles never fall as the share rises', () => {
  const some = histogram(3, 0, 5, 1, 0);
  const values = Array.from({ length: 101 }, (_, i) => quantile(kBounds, some, i / 100));
  assert.deepEqual(values, [...values].sort((a, b) => a - b));
});

test('the difference of two histograms holds the counts added between them', () => {
  const before = { count: 3, sumUs: 10, buckets: [1, 2, 0, 0, 0] };
  const now = { count: 8, sumUs: 40, buckets: [1, 3, 4, 0, 0] };
  assert.deepEqual(difference(now, before), { count: 5, sumUs: 30, buckets: [0, 1, 4, 0, 0] });
});

test('without an earlier histogram, or after a server restart, all counts are used', () => {
  const now = histogram(1, 1, 0, 0, 0);
  assert.equal(difference(now, null), now);
  assert.equal(difference(now, undefined), now);
  assert.equal(difference(now, histogram(5, 5, 5, 5, 5)), now);
  assert.equal(difference(now, histogram(1)), now);
});

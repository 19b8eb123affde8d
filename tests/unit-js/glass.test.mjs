// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summary } from '../../bench/glass.mjs';

const kAge = 12; // ms
const kPeriod = 33; // ms

/// Two samples, between which all pictures have the same age. Stamp and RTP time wrap around halfway.
function looks(count, change = () => {}) {
  const clockOffset = 7 * 2 ** 32 - (count / 2) * kPeriod;
  const pictures = Array.from({ length: count }, (_, i) => ({
    at: i * kPeriod + kAge, number: i, stamp: (i * kPeriod + clockOffset) % 2 ** 32,
    rtp: (2 ** 32 - 90_000 + i * kPeriod * 90) % 2 ** 32, receivedAt: i * kPeriod + 8, processing: 1,
  }));
  change(pictures);
  const look = (now) => ({ now, cpu: now / 10_000, clockOffset, statistics: { freezeCount: 0, bytesReceived: now } });
  return [look(0), { ...look(count * kPeriod), pictures }];
}

test('the age of a picture follows its stamp, also across a wrap-around', () => {
  const { p50, p99, received, shown } = summary(...looks(200));
  assert.deepEqual({ p50, p99, received, shown }, { p50: kAge, p99: kAge, received: 8, shown: 3 });
});

test('a stamp that belongs to the next picture is recognised by the RTP timestamp', () => {
  const looked = looks(200, (pictures) => {
    for (const torn of pictures.filter((_, i) => i % 20 === 0)) torn.stamp = (torn.stamp + kPeriod) % 2 ** 32;
  });
  assert.equal(Math.round(summary(...looked).p50), kAge);
  assert.equal(Math.round(summary(...looked).p99), kAge);
});

test('pictures without stamps make the measurement fail', () => {
  assert.throws(() => summary(...looks(100, (pictures) => {
    for (const picture of pictures.slice(50)) picture.stamp = null;
  })), /only 50 have a stamp/);
});

test('rate, gaps and load cover the time between the two samples', () => {
  const { rate, gaps, longestGap, cpu } = summary(...looks(100, (pictures) => {
    pictures.splice(50, 5);
  }));
  assert.deepEqual({ gaps, longestGap }, { gaps: 1, longestGap: 6 * kPeriod });
  assert.ok(Math.abs(rate - 1000 / kPeriod) < 0.01, 'pictures without a callback count as presented');
  assert.ok(Math.abs(cpu - 10) < 0.01, `${cpu} %`);
});

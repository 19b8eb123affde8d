// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageByRtp, ageByStamp, Latencies, quantile } from '../../web/latency.js';

const kWrap = 2 ** 32;
const kDayMs = 86_400_000;
const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 1e-3, `${value} is not ${wanted}`);
/// The RTP time stamp of a picture whose rendering started at `ms`, by this media clock.
const stampOf = (ms, { rtpTimestamp, steadyMs }) => {
  const ticks = Math.round((ms - steadyMs) * 90) + rtpTimestamp;
  return ((ticks % kWrap) + kWrap) % kWrap;
};

test('the age of a picture follows from its RTP time stamp', () => {
  const clock = { rtpTimestamp: 123_456, steadyMs: 1000 };
  near(ageByRtp(123_456 + 90 * 40, clock, 1100), 60);
});

test('a wrap-around of RTP time stamps is harmless, however long the server has run', () => {
  for (const rtpTimestamp of [0, 1, kWrap - 1, 3_000_000_000])
    for (const steadyMs of [0, 10 * kDayMs])
      for (const later of [0, 500, kDayMs, 400 * kDayMs]) {
        const clock = { rtpTimestamp, steadyMs };
        near(ageByRtp(stampOf(steadyMs + later, clock), clock, steadyMs + later + 50), 50);
      }
});

test('a small clock error gives a small negative age, not a huge one', () => {
  const clock = { rtpTimestamp: 0, steadyMs: 0 };
  near(ageByRtp(stampOf(5000, clock), clock, 4998), -2);
  near(ageByStamp(10, 8), -2);
});

test('a stamp is the wall clock modulo 2^32 ms', () => {
  const wall = 1_764_073_181_234.5;
  near(ageByStamp(Math.floor(wall) % kWrap, wall + 40), 40.5);
  near(ageByStamp(kWrap - 10, 3 * kWrap + 15), 25);
});

test('quantiles are interpolated between the values', () => {
  assert.equal(quantile([], 0.5), null);
  assert.equal(quantile([7], 0.99), 7);
  assert.equal(quantile([1, 2, 3, 4, 5], 0.5), 3);
  near(quantile([0, 10], 0.95), 9.5);
});

test('only the last ten seconds count', () => {
  const latencies = new Latencies();
  for (let at = 0; at <= 60_000; at += 100) latencies.add(at, at / 1000);
  const { samples, nowMs, p50Ms, p95Ms, p99Ms } = latencies.summary(60_000);
  assert.equal(samples, 101);
  assert.equal(nowMs, 60);
  near(p50Ms, 55);
  near(p95Ms, 59.5);
  near(p99Ms, 59.9);
  assert.equal(latencies.summary(80_000), null);
});

test('the latest sample can be withdrawn', () => {
  const latencies = new Latencies();
  latencies.add(0, 40);
  latencies.add(33, 7);
  latencies.withdraw();
  assert.deepEqual(latencies.recent(33), [{ at: 0, ms: 40 }]);
});

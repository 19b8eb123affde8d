// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../../web/clock.js';
import { GlassToGlass } from '../../web/glass_to_glass.js';

/// A session whose server has a steady clock 1000 ms ahead of the local clock and a wall clock 5,000,000 ms ahead of that.
function session() {
  const clock = new Clock();
  clock.hear({ id: clock.ask(0), wallMs: 5_001_000, steadyMs: 1000 }, 0);
  return { clock, mediaClock: { rtpTimestamp: 0, steadyMs: 0 } };
}
/// A picture whose rendering started at `begun` and that is presented `ms` later, both by our clock.
const picture = (begun, ms) => ({ presentationTime: begun + ms, rtpTimestamp: (begun + 1000) * 90 });
const stampOf = (begun) => begun + 5_001_000;
const reading = (...stamps) => ({ read: () => stamps.shift() ?? null });

test('pictures are measured by their RTP time stamps', () => {
  const glass = new GlassToGlass(null);
  glass.add(picture(100, 40), null, session());
  const { source, samples, nowMs, rtp, stamp } = glass.summary(200);
  assert.deepEqual([source, samples, nowMs, rtp.nowMs, stamp], ['rtp', 1, 40, 40, null]);
});

test('a stamp takes precedence over the RTP time stamp', () => {
  const glass = new GlassToGlass(reading(stampOf(97)));
  glass.add(picture(100, 40), null, session());
  const { source, nowMs, rtp } = glass.summary(200);
  assert.deepEqual([source, nowMs, rtp.nowMs], ['stamp', 43, 40]);
  assert.deepEqual(glass.recent(200), [{ at: 140, ms: 43 }]);
});

test('a picture with an illegible stamp is measured by its RTP time stamp', () => {
  const glass = new GlassToGlass(reading(null, stampOf(100) + 90_000));
  glass.add(picture(100, 40), null, session());
  glass.add(picture(133, 40), null, session());
  const { source, samples, stamp, damagedStamps } = glass.summary(200);
  assert.deepEqual([source, samples, stamp, damagedStamps], ['rtp', 2, null, 2]);
});

test('a stamp that is read twice belongs to the later picture', () => {
  const glass = new GlassToGlass(reading(stampOf(133), stampOf(133), stampOf(166)));
  for (const begun of [100, 133, 166]) glass.add(picture(begun, 40), null, session());
  assert.deepEqual(glass.recent(300).map(({ at, ms }) => [at, ms]), [[173, 40], [206, 40]]);
});

test('nothing is measured without a clock estimate or without RTP times from server and browser', () => {
  const glass = new GlassToGlass(null);
  glass.add(picture(100, 40), null, { ...session(), clock: null });
  glass.add(picture(100, 40), null, { ...session(), clock: new Clock() });
  glass.add(picture(100, 40), null, { ...session(), mediaClock: null });
  glass.add({ presentationTime: 140 }, null, session());
  const { source, samples, nowMs, rtp } = glass.summary(200);
  assert.deepEqual([source, samples, nowMs, rtp], [null, 0, null, null]);
});

// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../../web/clock.js';
import { GlassToGlass } from '../../web/glass_to_glass.js';

/// A session with a server whose steady clock is 1000 ahead of ours and whose wall clock shows 5,000,000 more.
function session() {
  const clock = new Clock();
  clock.hear({ id: clock.ask(0), wallMs: 5_001_000, steadyMs: 1000 }, 0);
  return { clock, mediaClock: { rtpTimestamp: 0, steadyMs: 0 } };
}
/// A picture begun at `begun` and presented `ms` later, both by our clock.
const picture = (begun, ms) => ({ presentationTime: begun + ms, rtpTimestamp: (begun + 1000) * 90 });
const stampOf = (begun) => begun + 5_001_000;
const reading = (...stamps) => ({ read: () => stamps.shift() ?? null });

test('pictures are measured by their RTP time stamps', () => {
  const glass = new GlassToGlass(null);
  glass.add(picture(100, 40), null, session());
  const { source, samples, nowMs, rtp, stamp } = glass.summary(200);
  assert.deepEqual([source, samples, nowMs, rtp.nowMs, stamp], ['rtp', 1, 40, 40, null]);
});

test('the stamp goes before, where there is one', () => {
  const glass = new GlassToGlass(reading(stampOf(97)));
  glass.add(picture(100, 40), null, session());
  const { source, nowMs, rtp } = glass.summary(200);
  assert.deepEqual([source, nowMs, rtp.nowMs], ['stamp', 43, 40]);
  assert.deepEqual(glass.recent(200), [{ at: 140, ms: 43 }]);
});

test('a picture without a legible stamp still has its RTP time stamp', () => {
  const glass = new GlassToGlass(reading(null, stampOf(100) + 90_000));
  glass.add(picture(100, 40), null, session());
  glass.add(picture(133, 40), null, session());
  const { source, samples, stamp, damagedStamps } = glass.summary(200);
  assert.deepEqual([source, samples, stamp, damagedStamps], ['rtp', 2, null, 2]);
});

test('a stamp that was read twice belongs to the later picture', () => {
  const glass = new GlassToGlass(reading(stampOf(133), stampOf(133), stampOf(166)));
  for (const begun of [100, 133, 166]) glass.add(picture(begun, 40), null, session());
  assert.deepEqual(glass.recent(300).map(({ at, ms }) => [at, ms]), [[173, 40], [206, 40]]);
});

test('nothing is measured before the clock is known, or of a server or browser that tells no RTP time', () => {
  const glass = new GlassToGlass(null);
  glass.add(picture(100, 40), null, { ...session(), clock: null });
  glass.add(picture(100, 40), null, { ...session(), clock: new Clock() });
  glass.add(picture(100, 40), null, { ...session(), mediaClock: null });
  glass.add({ presentationTime: 140 }, null, session());
  const { source, samples, nowMs, rtp } = glass.summary(200);
  assert.deepEqual([source, samples, nowMs, rtp], [null, 0, null, null]);
});

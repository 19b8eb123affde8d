// SPDX-License-Identifier: MIT

const kTicksPerMs = 90; // RTP clock rate for video: 90 kHz
const kWrap = 2 ** 32; // RTP time stamps and picture stamps both wrap here
const kWindowMs = 10_000;

/// The age, in milliseconds at `nowMs` of the server's steady clock, of the picture with this RTP time stamp, counted
/// from the start of rendering. `mediaClock` comes with the server's answer and maps RTP time to the steady clock.
/// Pure.
export function ageByRtp(rtpTimestamp, mediaClock, nowMs) {
  const ticks = (nowMs - mediaClock.steadyMs) * kTicksPerMs - (rtpTimestamp - mediaClock.rtpTimestamp);
  return nearest(ticks) / kTicksPerMs;
}

/// The same from a picture stamp: the low 32 bits of the server's wall clock in milliseconds. Pure.
export function ageByStamp(stamp, nowMs) {
  return nearest(nowMs - stamp);
}

/// The value nearest to zero that is congruent modulo 2^32, since an age is small and may be slightly negative.
export function nearest(value) {
  return value - Math.round(value / kWrap) * kWrap;
}

/// The quantile `p` (0 to 1) of values in ascending order, interpolated linearly. Pure.
export function quantile(sorted, p) {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  return sorted[below] + ((sorted[below + 1] ?? sorted[below]) - sorted[below]) * (place - below);
}

/// The latencies of the last ten seconds. Pure.
export class Latencies {
  #samples = []; // {at, ms}, oldest first

  add(at, ms) {
    this.#samples.push({ at, ms });
    // Rarely, because it copies all samples.
    if (this.#samples[0].at < at - 2 * kWindowMs) this.#samples = this.recent(at);
  }

  /// Removes the latest sample.
  withdraw() {
    this.#samples.pop();
  }

  recent(now) {
    return this.#samples.filter(({ at }) => at >= now - kWindowMs);
  }

  /// {samples, nowMs, p50Ms, p95Ms, p99Ms}, or null if there are none.
  summary(now) {
    const recent = this.recent(now).map(({ ms }) => ms);
    if (recent.length === 0) return null;
    const nowMs = recent.at(-1);
    recent.sort((a, b) => a - b);
    const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((p) => quantile(recent, p));
    return { samples: recent.length, nowMs, p50Ms, p95Ms, p99Ms };
  }
}

// SPDX-License-Identifier: MIT

const kTicksPerMs = 90; // of RTP's clock for video
const kWrap = 2 ** 32; // both RTP time stamps and the picture's stamp begin anew there
const kWindowMs = 10_000;

/// How long before `nowMs`, by the server's steady clock, drawing of the picture with this RTP time stamp began.
/// `mediaClock` ties the two, in the server's answer. Pure.
export function ageByRtp(rtpTimestamp, mediaClock, nowMs) {
  const ticks = (nowMs - mediaClock.steadyMs) * kTicksPerMs - (rtpTimestamp - mediaClock.rtpTimestamp);
  return nearest(ticks) / kTicksPerMs;
}

/// The same by a stamp, the low 32 bits of the server's wall clock in milliseconds. Pure.
export function ageByStamp(stamp, nowMs) {
  return nearest(nowMs - stamp);
}

/// Of all values that are the same modulo 2^32 the one nearest to zero: a picture is neither hours old nor of tomorrow.
export function nearest(value) {
  return value - Math.round(value / kWrap) * kWrap;
}

/// The value that a share `p` of them does not exceed; `sorted` is in ascending order. Pure.
export function quantile(sorted, p) {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * p;
  const below = Math.floor(place);
  return sorted[below] + ((sorted[below + 1] ?? sorted[below]) - sorted[below]) * (place - below);
}

/// The latencies of the last ten seconds. Pure.
export class Latencies {
  #samples = []; // {at, ms}, the oldest first

  add(at, ms) {
    this.#samples.push({ at, ms });
    // Seldom, as it moves all of them.
    if (this.#samples[0].at < at - 2 * kWindowMs) this.#samples = this.recent(at);
  }

  /// Takes the latest back.
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

// SPDX-License-Identifier: MIT

const kDrift = 100e-6; // upper bound of the drift between two clocks; cheap quartz oscillators stay below it
const kKept = 16; // round trips kept
const kBurst = 6; // round trips in quick succession at the start
const kBurstPauseMs = 100; // between these
const kPauseMs = 10_000; // between later round trips

/// Estimates the server's clocks from round trips. The server reads its clocks between request and reply, so the
/// midpoint is wrong by at most half the round trip. The most certain round trip is used. Pure; times are
/// performance.now() values.
export class Clock {
  #asked = new Map(); // id -> time of the request
  #lastId = 0;
  #known = []; // {at, offsetMs, uncertaintyMs} of the server's steady clock, oldest first
  #wallMs = 0; // the server's wall clock minus its steady clock; both are read together: no round trip error

  /// Registers a request; returns its id.
  ask(now) {
    this.#lastId += 1;
    this.#asked.set(this.#lastId, now);
    return this.#lastId;
  }

  hear({ id, wallMs, steadyMs }, now) {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (asked === undefined || !Number.isFinite(wallMs) || !Number.isFinite(steadyMs)) return;
    this.#wallMs = wallMs - steadyMs;
    const fresh = { at: now, offsetMs: steadyMs - (asked + now) / 2, uncertaintyMs: (now - asked) / 2 };
    // After a clock jump (suspended laptop, different server) the older round trips are invalid.
    const agrees = (old) => Math.abs(old.offsetMs - fresh.offsetMs) <= doubt(old, now) + fresh.uncertaintyMs;
    this.#known = [...this.#known.filter(agrees).slice(1 - kKept), fresh];
  }

  /// How long to wait before the next request.
  get pauseMs() {
    return this.#known.length < kBurst ? kBurstPauseMs : kPauseMs;
  }

  /// The best estimate, {offsetMs, wallOffsetMs, uncertaintyMs, roundTrips}, or null. The offsets are the server's
  /// clocks minus performance.now().
  at(now) {
    if (this.#known.length === 0) return null;
    const best = this.#known.reduce((a, b) => (doubt(b, now) <= doubt(a, now) ? b : a));
    return {
      offsetMs: best.offsetMs,
      wallOffsetMs: best.offsetMs + this.#wallMs,
      uncertaintyMs: doubt(best, now),
      roundTrips: this.#known.length,
    };
  }
}

/// The uncertainty grows with age, so that the estimate follows a drift.
function doubt({ at, uncertaintyMs }, now) {
  return uncertaintyMs + (now - at) * kDrift;
}

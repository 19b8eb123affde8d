// SPDX-License-Identifier: MIT

const kDrift = 100e-6; // how much two clocks may part while nobody compares them; cheap quartzes stay below
const kKept = 16; // round trips remembered
const kBurst = 6; // round trips at the beginning
const kBurstPauseMs = 100; // between two of these
const kPauseMs = 10_000; // and from then on

/// The server's clocks as seen from here, learnt by round trips: it reads them between question and answer, so that the
/// middle is wrong by half of that time at most, and the fastest one counts. Pure: times are performance.now()'s.
export class Clock {
  #asked = new Map(); // when, by id
  #lastId = 0;
  #known = []; // {at, offsetMs, uncertaintyMs} of the server's steady clock, the oldest first
  #wallMs = 0; // what its wall clock is ahead of its steady one: read together, so that no round trip blurs it

  /// The id to ask with.
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
    // Clocks that jumped (a laptop slept, the server is another one) make what was learnt before worthless.
    const agrees = (old) => Math.abs(old.offsetMs - fresh.offsetMs) <= doubt(old, now) + fresh.uncertaintyMs;
    this.#known = [...this.#known.filter(agrees).slice(1 - kKept), fresh];
  }

  /// How long to wait before the next question.
  get pauseMs() {
    return this.#known.length < kBurst ? kBurstPauseMs : kPauseMs;
  }

  /// The best that is known: {offsetMs, wallOffsetMs, uncertaintyMs, roundTrips}, or null. The offsets are what the
  /// server's clocks are ahead of ours.
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

/// Old knowledge ages, so that a drift is followed.
function doubt({ at, uncertaintyMs }, now) {
  return uncertaintyMs + (now - at) * kDrift;
}

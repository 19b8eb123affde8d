// SPDX-License-Identifier: MIT

/// The way to the first picture, in the order it usually takes, with what to call the time until there.
export const kSteps = [
  ['socketOpen', 'socket'],
  ['offerSent', 'offer'],
  ['answered', 'answer'],
  ['iceConnected', 'ICE'],
  ['dtlsConnected', 'DTLS'],
  ['keyframeReceived', 'keyframe'],
  ['decoded', 'decode'],
  ['presented', 'show'],
];

/// When a session came how far. Pure: times are performance.now()'s, which counts from the navigation to the page.
export class FirstPicture {
  #startedAt;
  #reached = {};

  constructor(startedAt) {
    this.#startedAt = startedAt;
  }

  /// The first time counts; none where the browser tells none.
  reach(step, at) {
    if (Number.isFinite(at)) this.#reached[step] ??= at;
  }

  /// `metadata`: of the first picture that requestVideoFrameCallback reported, {} if the browser has no such thing.
  present({ receiveTime, processingDuration }, now) {
    this.reach('keyframeReceived', receiveTime);
    this.reach('decoded', Math.min(now, receiveTime + 1000 * processingDuration));
    this.reach('presented', now);
  }

  /// {startedAtMs, …}: when the session began, after the navigation to the page, and each step's time after that; null:
  /// not yet, or the browser does not tell.
  summary() {
    const since = (at) => (at === undefined ? null : at - this.#startedAt);
    const steps = kSteps.map(([step]) => [step, since(this.#reached[step])]);
    return { startedAtMs: this.#startedAt, ...Object.fromEntries(steps) };
  }
}

/// Where the time of a summary went, in order: [{name, ms}]. A step that was there before its predecessor took none,
/// one that is not known counts with the next. Pure.
export function parts(summary) {
  const parts = [];
  let until = 0;
  for (const [step, name] of kSteps) {
    if (summary[step] === null) continue;
    parts.push({ name, ms: Math.max(0, summary[step] - until) });
    until = Math.max(until, summary[step]);
  }
  return parts;
}

// SPDX-License-Identifier: MIT

/// The steps to the first picture in their usual order, each with the name of the time until it is reached.
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

/// Records when a session reached each step. Pure; times are performance.now() values, counted from the navigation to
/// the page.
export class FirstPicture {
  #startedAt;
  #reached = {};

  constructor(startedAt) {
    this.#startedAt = startedAt;
  }

  /// Records the first time only; ignores a time that the browser does not report.
  reach(step, at) {
    if (Number.isFinite(at)) this.#reached[step] ??= at;
  }

  /// `metadata`: from requestVideoFrameCallback for the first picture; {} if the browser does not support it.
  present({ receiveTime, processingDuration }, now) {
    this.reach('keyframeReceived', receiveTime);
    this.reach('decoded', Math.min(now, receiveTime + 1000 * processingDuration));
    this.reach('presented', now);
  }

  /// {startedAtMs, …}: the start of the session, relative to the navigation to the page, and the time of each step
  /// after that start. Null: not reached yet, or not reported by the browser.
  summary() {
    const since = (at) => (at === undefined ? null : at - this.#startedAt);
    const steps = kSteps.map(([step]) => [step, since(this.#reached[step])]);
    return { startedAtMs: this.#startedAt, ...Object.fromEntries(steps) };
  }
}

/// Splits the time of a summary into steps, [{name, ms}]. A step reached before its predecessor takes 0 ms; the time of
/// an unknown step counts towards the next one. Pure.
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

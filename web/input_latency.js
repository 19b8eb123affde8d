// SPDX-License-Identifier: MIT
import { nearest, quantile } from './latency.js';

const kTicksPerMs = 90; // RTP clock rate for video: 90 kHz
const kWindow = 300; // samples kept
const kPending = 600; // batches that wait for their picture
const kFrames = 60; // pictures remembered
const kToleranceMs = 2; // between a picture's time and its RTP time stamp; half of 1/240 s
const kCredibleMs = 10_000; // a longer time is the fault of a clock

/// The stages of an event in their order, each the time since the event: the batch is sent, arrives at the server and is
/// applied; the picture is drawn, encoded, received and shown.
export const kInputStages = ['sent', 'arrived', 'applied', 'drawn', 'encoded', 'received', 'shown'];

/// Measures the time from each input event to the picture that shows its effect. The server says which batch a picture
/// shows, with its own times; the RTP time stamp ties the message to the picture. Pure; times are performance.now()
/// values in milliseconds.
export class InputLatency {
  #pending = []; // {batch, time, sentAt}, in the order of sending
  #waiting = []; // {rtp, samples} of applied messages whose picture is not shown yet
  #frames = []; // {rtp, presentationTime, receiveTime}, in the order of presentation
  #samples = []; // the stages of each batch, at most kWindow

  /// Starts with a new connection. The samples stay.
  restart() {
    this.#pending = [];
    this.#waiting = [];
    this.#frames = [];
  }

  /// A batch was sent. `time`: of its oldest event.
  sent({ batch, time }, now) {
    this.#pending.push({ batch, time, sentAt: now });
    if (this.#pending.length > kPending) this.#pending.shift();
  }

  /// An `applied` message. `offsetMs`: the server's steady clock minus performance.now(); `mediaClock`: see latency.js.
  applied(message, mediaClock, offsetMs) {
    const { batch, frameMs } = message;
    const shown = this.#pending.filter((sent) => sent.batch <= batch);
    this.#pending = this.#pending.filter((sent) => sent.batch > batch);
    const isKnown = mediaClock && Number.isFinite(offsetMs) && Number.isFinite(frameMs);
    if (shown.length === 0 || !isKnown) return;
    const here = (name) => (Number.isFinite(message[name]) ? message[name] - offsetMs : null);
    const samples = shown.map(({ time, sentAt, batch: number }) => ({
      time,
      sent: sentAt,
      // The server sends the time of the latest batch only.
      arrived: number === batch ? here('receivedMs') : null,
      applied: here('appliedMs'),
      drawn: here('drawnMs'),
      encoded: here('encodedMs'),
    }));
    const rtp = mediaClock.rtpTimestamp + (frameMs - mediaClock.steadyMs) * kTicksPerMs;
    const frame = this.#frames.find((known) => isAtLeast(known.rtp, rtp));
    if (frame) this.#finish(samples, frame);
    else this.#waiting.push({ rtp, samples });
    if (this.#waiting.length > kPending) this.#waiting.shift();
  }

  /// A picture was presented: the metadata of requestVideoFrameCallback.
  present({ rtpTimestamp: rtp, presentationTime, receiveTime = null }) {
    if (!Number.isFinite(rtp) || !Number.isFinite(presentationTime)) return;
    const frame = { rtp, presentationTime, receiveTime };
    this.#frames.push(frame);
    if (this.#frames.length > kFrames) this.#frames.shift();
    const isShown = (wait) => isAtLeast(rtp, wait.rtp);
    for (const { samples } of this.#waiting.filter(isShown)) this.#finish(samples, frame);
    this.#waiting = this.#waiting.filter((wait) => !isShown(wait));
  }

  /// {samples, p50Ms, p95Ms, stages: {sent: {p50Ms, p95Ms}, …}, latest: {sent: ms, …}} of the last kWindow batches, or
  /// null if there are none.
  summary() {
    if (this.#samples.length === 0) return null;
    const stages = Object.fromEntries(kInputStages.map((stage) => [stage, shares(this.#samples, stage)]));
    return { samples: this.#samples.length, ...stages.shown, stages, latest: { ...this.#samples.at(-1) } };
  }

  #finish(samples, { presentationTime, receiveTime }) {
    for (const { time, ...stages } of samples) {
      const all = { ...stages, received: receiveTime, shown: presentationTime };
      if (!(all.shown >= time && all.shown - time < kCredibleMs)) continue;
      this.#samples.push(Object.fromEntries(
        Object.entries(all).map(([stage, at]) => [stage, at === null ? null : at - time])));
    }
    this.#samples.splice(0, this.#samples.length - kWindow);
  }
}

/// Whether an RTP time stamp is that of the picture or of a later one. Both wrap.
function isAtLeast(rtp, wanted) {
  return nearest(rtp - wanted) >= -kToleranceMs * kTicksPerMs;
}

function shares(samples, stage) {
  const values = samples.map((sample) => sample[stage]).filter((ms) => ms !== null).sort((a, b) => a - b);
  return { p50Ms: quantile(values, 0.5), p95Ms: quantile(values, 0.95) };
}

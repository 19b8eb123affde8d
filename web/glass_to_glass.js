// SPDX-License-Identifier: MIT
import { Clock } from './clock.js';
import { ageByRtp, ageByStamp, Latencies } from './latency.js';

const kCredibleMs = 60_000; // a stamp with a higher age is damaged

/// Measures the age of each picture when it is presented, counted from the start of rendering: by its RTP time stamp
/// and, if a reader is given, by the stamp in the picture.
export class GlassToGlass {
  #byRtp = new Latencies();
  #byStamp = new Latencies();
  #reader;
  #lastStamp = null;
  #damaged = 0;

  constructor(stampReader) {
    this.#reader = stampReader;
  }

  /// Starts to synchronise the session's clock with the server.
  follow(session) {
    session.keepTime(new Clock());
  }

  /// Adds a picture: the metadata of requestVideoFrameCallback, the video element that shows it, and its session.
  add({ presentationTime, rtpTimestamp }, video, { clock, mediaClock }) {
    const known = clock?.at(presentationTime);
    if (!known) return;
    // Some browsers do not report the RTP time stamp.
    if (mediaClock && Number.isFinite(rtpTimestamp))
      this.#byRtp.add(presentationTime, ageByRtp(rtpTimestamp, mediaClock, presentationTime + known.offsetMs));
    if (this.#reader) this.#addStamp(this.#reader.read(video), presentationTime, known.wallOffsetMs);
  }

  /// {source, samples, nowMs, p50Ms, p95Ms, p99Ms, rtp, stamp, damagedStamps}: see measurements.js.
  summary(now) {
    const rtp = this.#byRtp.summary(now);
    const stamp = this.#byStamp.summary(now);
    const none = { samples: 0, nowMs: null, p50Ms: null, p95Ms: null, p99Ms: null };
    return { source: this.#source(stamp, rtp), ...(stamp ?? rtp ?? none), rtp, stamp, damagedStamps: this.#damaged };
  }

  /// The last ten seconds by the better source, as [{at, ms}].
  recent(now) {
    const stamps = this.#byStamp.recent(now);
    return stamps.length > 0 ? stamps : this.#byRtp.recent(now);
  }

  #source(stamp, rtp) {
    if (stamp) return 'stamp';
    return rtp ? 'rtp' : null;
  }

  #addStamp(stamp, at, wallOffsetMs) {
    const ms = stamp === null ? Infinity : ageByStamp(stamp, at + wallOffsetMs);
    if (Math.abs(ms) > kCredibleMs) {
      this.#damaged += 1;
      return;
    }
    // On a busy page the callback may run when the next picture is already shown. The stamp read then belongs to this
    // one.
    if (stamp === this.#lastStamp) this.#byStamp.withdraw();
    this.#lastStamp = stamp;
    this.#byStamp.add(at, ms);
  }
}

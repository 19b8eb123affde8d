// SPDX-License-Identifier: MIT
import { Held } from './held.js';
import { InputQueue } from './input_queue.js';
import { BatchWriter } from './input_wire.js';

const kHeartbeatMs = 400;
const kBacklog = 4096; // bytes waiting in the socket above which moves wait

/// Sends events in batches: moves at most once per animation frame, other events at once, and a heartbeat while
/// something is down. `on` has
///  - send(bytes), which returns whether the message was sent;
///  - sent({batch, time, isAction}, now); `isAction` is false for a heartbeat and the like;
///  - buffered(), the bytes that wait in the socket;
///  - frame(now), called in each animation frame, which returns whether it wants the next one.
/// `timers` replaces the timers of the browser in tests.
export class InputSender {
  held = new Held();

  #on;
  #timers;
  #writer = new BatchWriter();
  #queue = new InputQueue();
  #frame = null; // the requested animation frame
  #isSpent = false; // a batch of moves was sent since the last animation frame
  #heartbeat = null;

  constructor(on, timers = kTimers) {
    this.#on = on;
    this.#timers = timers;
  }

  /// `when`: 'now'; 'early', at once unless a batch was sent in this animation frame; else with the animation frame.
  add(events, when) {
    for (const event of events) {
      this.held.note(event);
      this.#queue.add(event);
    }
    if (this.#queue.isEmpty) return;
    if (when === 'now') this.#flush();
    else if (when === 'early' && !this.#isSpent) this.#flushMoves();
    this.schedule();
    if (this.held.isEmpty) this.#stopHeartbeat();
    else this.#heartbeat ??= this.#timers.every(kHeartbeatMs, () => this.#beat());
  }

  /// Requests an animation frame.
  schedule() {
    this.#frame ??= this.#timers.frame((now) => this.#tick(now));
  }

  /// Starts with a new connection: batch numbers start again.
  restart() {
    this.#writer = new BatchWriter();
    this.forget();
  }

  /// Drops what waits, and forgets what is down.
  forget() {
    this.#queue.clear();
    this.held.clear();
    this.#stopHeartbeat();
  }

  stop() {
    this.forget();
    if (this.#frame !== null) this.#timers.cancelFrame(this.#frame);
    this.#frame = null;
  }

  #tick(now) {
    this.#frame = null;
    this.#isSpent = false;
    const wantsNext = this.#on.frame(now);
    if (!this.#queue.isEmpty) this.#flushMoves();
    if (this.#isSpent || wantsNext) this.schedule();
  }

  #flushMoves() {
    this.#isSpent = true;
    // On a slow link moves wait here, where they replace each other, and not in the socket.
    if (this.#on.buffered() <= kBacklog) this.#flush();
  }

  #flush() {
    const events = this.#queue.take();
    const isAction = events.some(({ kind }) => !['held', 'viewport', 'releaseAll'].includes(kind));
    for (const { bytes, ...message } of this.#writer.write(events))
      if (this.#on.send(bytes)) this.#on.sent({ ...message, isAction }, performance.now());
  }

  #beat() {
    this.add([this.held.heartbeat(performance.now())], 'now');
  }

  #stopHeartbeat() {
    if (this.#heartbeat !== null) this.#timers.end(this.#heartbeat);
    this.#heartbeat = null;
  }
}

const kTimers = {
  frame: (act) => requestAnimationFrame(act),
  cancelFrame: (handle) => cancelAnimationFrame(handle),
  every: (ms, act) => setInterval(act, ms),
  end: (handle) => clearInterval(handle),
};

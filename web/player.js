// SPDX-License-Identifier: MIT
import { Backoff } from './backoff.js';
import { Session } from './session.js';
import { explain } from './words.js';

const kPatience = 30_000; // milliseconds until the next try after a refusal that will not pass by itself
const kSteady = 5000; // a picture that stood this long was a success: back-off starts anew
const kMaxEvents = 100;

/// Keeps a picture on the screen: one session after the other, and the last one that had a picture until the next has.
export class Player {
  state = 'stopped'; // connecting, playing, waiting (for the next try), stopped
  problem = null; // the last word of facts.js, null while playing
  reconnects = 0; // pictures that came after one was lost
  events = []; // what happened, for bug reports: {at, what}

  #screen;
  #status;
  #backoff = new Backoff();
  #session = null; // the one trying or playing
  #shown = null; // the one whose picture is on the screen, perhaps its last one
  #timer = null;
  #playingSince = 0;
  #awaitsTap = false;

  constructor(screen, status) {
    this.#screen = screen;
    this.#status = status;
  }

  start() {
    if (this.state === 'stopped') this.#connect();
  }

  stop() {
    this.#note('stopped');
    clearTimeout(this.#timer);
    this.#session?.close();
    this.#shown?.close();
    this.#session = this.#shown = null;
    this.state = 'stopped';
  }

  /// The world may have changed (a tap, the network is back, the tab is seen again): do not wait any longer.
  retryNow() {
    if (this.state !== 'waiting' || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  tapNeeded() {
    this.#awaitsTap = true;
    if (this.#session) this.#session.awaitsTap = true;
    this.#status.say('This browser does not play by itself. Tap to start the picture.');
  }

  tapped() {
    if (this.#awaitsTap && this.state === 'playing') this.#status.fade();
    this.#awaitsTap = false;
    if (this.#session) this.#session.awaitsTap = false;
    this.retryNow();
  }

  /// The current session's statistics of what is received, or null.
  async stats() {
    return this.#session?.stats() ?? null;
  }

  #connect() {
    this.#timer = null;
    this.state = 'connecting';
    this.#note('connecting');
    // After a failure its words stay until something else is known.
    if (this.problem === null) this.#status.say(`Connecting to ${location.hostname}…`);
    const session = new Session({
      config: (config) => {
        this.#screen.shape = config;
      },
      progress: (word) => this.#note(word),
      stream: (stream) => this.#screen.prepare(stream, () => this.#show(session)),
      end: (problem, facts) => this.#failed(session, problem, facts),
    });
    this.#session = session;
  }

  #show(session) {
    if (session !== this.#session) return; // it ended in the same moment
    this.#note('playing');
    session.shown();
    if (this.#shown) this.reconnects += 1;
    this.#shown?.close();
    this.#shown = session;
    this.#playingSince = performance.now();
    this.state = 'playing';
    this.problem = null;
    this.#screen.stale = false;
    if (!this.#awaitsTap) this.#status.fade();
  }

  #failed(session, problem, facts) {
    const { text, retry } = explain(problem, facts);
    this.#note(`${problem}: ${text}`);
    const lasted = this.state === 'playing' ? performance.now() - this.#playingSince : 0;
    if (lasted > kSteady) this.#backoff.reset();
    if (session !== this.#shown) {
      this.#screen.abandon();
      session.close();
    }
    this.#session = null;
    this.state = retry === 'never' ? 'stopped' : 'waiting';
    this.problem = problem;
    this.#screen.stale = true;

    if (retry === 'never') this.#status.fail(text);
    if (retry === 'soon') this.#status.fail(`${text} Trying again…`);
    if (retry === 'patient') this.#status.fail(`${text} Trying again in ${kPatience / 1000} s; tap to try now.`);
    if (retry === 'never') return;
    const delay = retry === 'soon' ? this.#backoff.next() : kPatience;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  #note(what) {
    this.events.push({ at: Math.round(performance.now()), what });
    if (this.events.length > kMaxEvents) this.events.shift();
  }
}

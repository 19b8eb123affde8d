// SPDX-License-Identifier: MIT
import { Backoff } from './backoff.js';
import { reachable } from './reachable.js';
import { beginSession } from './session.js';
import { explain, networkWords } from './words.js';

const kPatience = 30_000; // milliseconds until the next try after a refusal that will not pass by itself
const kSteady = 5000; // a picture that stood this long was a success: back-off starts anew
const kNetworkWordsMs = 10_000; // for which a smaller picture is told of
const kProbeMs = 1000; // between two looks whether the network is back, at least
// ms. Each look sends about one packet a second meanwhile, as TCP does; and the fewer looks fail the better: where many
// have, Chromium holds WebSockets back, up to 5 s at last.
const kProbeWithin = 5000;
const kRevivalMs = 200; // within which a picture goes on by itself when it is
const kMaxEvents = 100;
const kOutlook = {
  soon: ' Trying again…',
  patient: ` Trying again in ${kPatience / 1000} s; tap to try now.`,
  never: '',
};

/// Keeps a picture on the screen: one session after the other, and the last one that had a picture until the next has.
/// A picture goes on without the socket it came by; its successor is then got ready behind it.
export class Player {
  state = 'stopped'; // connecting, playing, waiting (for the next try), stopped
  problem = null; // the last word of facts.js, null while playing
  reconnects = 0; // pictures that took the place of another
  events = []; // what happened, for bug reports: {at, what}
  glass = null; // GlassToGlass of all pictures; loaded after the first one, not to be in its way

  #screen;
  #status;
  #wantsStamp;
  #denied;
  #backoff = new Backoff();
  #session = null; // the one trying, or playing and not cut off
  #shown = null; // the one whose picture is on the screen, perhaps its last one
  #timer = null; // until the next try
  #trouble = null; // what the latest session to end came to, {problem, text}; null since a picture came
  #playingSince = 0;
  #network = null; // what keeps the picture on the screen from being the whole one: {slow, kbps, picture}
  #quiet = null; // until its words have been there for long enough
  #first = null; // how the page's first picture came
  #awaitsTap = false;

  /// `stamp`: each picture is asked to carry the time at which it was begun, and that is read out of it. `denied`: called
  /// when the server wants a token that we do not have; start() tries again.
  constructor(screen, status, { stamp = false, denied = () => {} } = {}) {
    this.#screen = screen;
    this.#status = status;
    this.#wantsStamp = stamp;
    this.#denied = denied;
  }

  start() {
    if (this.state === 'stopped') this.#connect();
  }

  stop() {
    this.#note('stopped');
    this.#session?.close();
    this.#shown?.close();
    this.#session = this.#shown = null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.state = 'stopped';
  }

  /// The world may have changed (a tap, the network is back, the tab is seen again): do not wait any longer.
  retryNow() {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  tapNeeded() {
    this.#awaitsTap = true;
    if (this.#session) this.#session.awaitsTap = true;
    this.#status.say('This browser does not play by itself. Tap to start the picture.');
  }

  tapped() {
    if (this.#awaitsTap && this.state === 'playing') this.#settleStatus();
    this.#awaitsTap = false;
    if (this.#session) this.#session.awaitsTap = false;
    this.retryNow();
  }

  /// The statistics of what is received, or null.
  async stats() {
    const session = this.state === 'playing' ? this.#shown : this.#session;
    return session?.stats() ?? null;
  }

  /// How the page's first picture came, as FirstPicture sums it up, or null.
  get firstPicture() {
    return this.#first?.summary() ?? null;
  }

  /// How the picture on the screen came.
  get latestPicture() {
    return this.#shown?.firstPicture.summary() ?? null;
  }

  /// What keeps the picture from being the whole one, {slow, kbps, picture: {width, height} or null}, or null.
  get network() {
    return this.#network;
  }

  /// The server's clocks, by the session whose picture is on the screen, or null.
  get clock() {
    return this.#shown?.clock ?? null;
  }

  #connect() {
    this.#timer = null;
    this.#note('connecting');
    if (this.state !== 'playing') {
      this.state = 'connecting';
      // After a failure its words stay until something else is known.
      if (this.problem === null) this.#status.say(`Connecting to ${location.hostname}…`);
    }
    const session = beginSession();
    this.#session = session;
    if (this.#wantsStamp) session.wantStamp();
    session.listen({
      config: (config) => {
        this.#screen.shape = config;
      },
      progress: (word) => this.#note(word),
      stream: (stream) => this.#screen.prepare(
        stream,
        (metadata) => this.#show(session, metadata),
        (metadata) => this.glass?.add(metadata, this.#screen.video, session)),
      network: (network) => this.#setNetwork(session, network),
      cut: () => this.#cut(),
      stall: (problem, facts) => this.#stall(session, problem, facts),
      resume: () => this.#resume(session),
      end: (problem, facts) => this.#ended(session, problem, facts),
    });
  }

  #show(session, metadata) {
    if (session !== this.#session) return; // it ended in the same moment
    this.#note('playing');
    session.shown(metadata);
    this.#first ??= session.firstPicture;
    if (this.#shown) this.reconnects += 1;
    this.#shown?.close();
    this.#shown = session;
    this.#playingSince = performance.now();
    this.#network = null;
    this.#play();
    this.#measure().catch((error) => this.#note(`no measurements: ${error.message}`));
  }

  #play() {
    this.state = 'playing';
    this.problem = this.#trouble = null;
    this.#screen.stale = false;
    if (!this.#awaitsTap) this.#settleStatus();
  }

  /// What is to be said while the picture plays.
  #settleStatus() {
    clearTimeout(this.#quiet);
    if (!this.#network) {
      this.#status.fade();
      return;
    }
    this.#status.say(networkWords(this.#network));
    if (this.#network.slow) return;
    this.#quiet = setTimeout(() => {
      if (this.state === 'playing' && !this.#awaitsTap) this.#status.fade();
    }, kNetworkWordsMs);
  }

  #setNetwork(session, network) {
    if (session !== this.#shown) return;
    const before = this.#network;
    const { slow, picture } = network;
    this.#network = slow || picture ? network : null;
    if (slow !== (before?.slow ?? false)) this.#note(slow ? 'the network is too slow' : 'the network is fast enough');
    const moves = picture?.width !== before?.picture?.width;
    if (moves) this.#note(picture ? `the network carries ${picture.width}x${picture.height}` : 'the network carries all');
    const isNews = moves || slow || before?.slow;
    if (isNews && this.state === 'playing' && !this.#awaitsTap) this.#settleStatus();
  }

  async #measure() {
    if (!this.glass) {
      const [{ GlassToGlass }, { StampReader }] =
        await Promise.all([import('./glass_to_glass.js'), import('./frame_stamp.js')]);
      this.glass ??= new GlassToGlass(this.#wantsStamp ? new StampReader() : null);
    }
    if (this.#shown && !this.#shown.clock) this.glass.follow(this.#shown);
  }

  #cut() {
    this.#note('the socket broke, the picture goes on');
    this.#settleBackoff();
    this.#session = null;
    this.#tryAgain('soon');
  }

  /// Nothing arrives any more. Either it does again, or the network comes back too late for this session, and another
  /// one takes its place.
  #stall(session, problem, facts) {
    if (session !== this.#session) return; // its successor is on the way
    const { text } = explain(problem, facts);
    this.#note(`${problem}: ${text}`);
    this.#settleBackoff();
    this.#session = null;
    this.#trouble = { problem, text: text + kOutlook.soon };
    this.#probe(session);
    this.#regret();
  }

  /// A try while there is no network would be one for long seconds, so it is looked for first.
  #probe(stalled, after = 0) {
    this.#timer = setTimeout(async () => {
      const began = performance.now();
      const isBack = await reachable(kProbeWithin);
      if (isBack) await new Promise((resolve) => { setTimeout(resolve, kRevivalMs); });
      if (isBack) await stalled.look();
      if (this.#session !== null || this.state !== 'waiting') return; // meanwhile it goes on, or was stopped
      if (isBack) this.#connect();
      else this.#probe(stalled, Math.max(0, kProbeMs * (0.9 + Math.random() / 5) - (performance.now() - began)));
    }, after);
  }

  #resume(session) {
    if (session !== this.#shown) return;
    this.#note('the picture goes on');
    if (this.#session) {
      this.#screen.abandon();
      this.#session.close();
    }
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#session = session;
    this.#play();
  }

  #ended(session, problem, facts) {
    const { text, retry, wantsToken = false } = explain(problem, facts);
    this.#note(`${problem}: ${text}`);
    const trouble = { problem, text: text + kOutlook[retry], wantsToken };
    if (session !== this.#session) {
      this.#trouble ??= trouble; // it had been cut off; what befell its successor since says more
    } else {
      if (session === this.#shown) {
        this.#settleBackoff();
      } else {
        this.#screen.abandon();
        session.close();
      }
      this.#session = null;
      this.#trouble = trouble;
      this.#tryAgain(retry);
    }
    if (this.state !== 'playing' || session === this.#shown) this.#regret();
  }

  #settleBackoff() {
    if (this.state === 'playing' && performance.now() - this.#playingSince > kSteady) this.#backoff.reset();
  }

  #tryAgain(retry) {
    if (retry === 'never') return;
    const delay = retry === 'soon' ? this.#backoff.next() : kPatience;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /// There is no picture, or an old one.
  #regret() {
    const { problem, text, wantsToken } = this.#trouble;
    this.problem = problem;
    if (this.#session) this.state = 'connecting';
    else this.state = this.#timer === null ? 'stopped' : 'waiting';
    this.#screen.stale = true;
    this.#status.fail(text);
    if (wantsToken) this.#denied();
  }

  #note(what) {
    this.events.push({ at: Math.round(performance.now()), what });
    if (this.events.length > kMaxEvents) this.events.shift();
  }
}

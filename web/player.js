// SPDX-License-Identifier: MIT
import { Backoff } from './backoff.js';
import { InputLink } from './input_link.js';
import { reachable } from './reachable.js';
import { beginSession } from './session.js';
import { explain, networkWords } from './words.js';

const kPatientRetryMs = 30_000; // ms before the next attempt after a permanent refusal
const kSteadyMs = 5000; // ms of playback after which the back-off is reset
const kNetworkWordsMs = 10_000; // how long the message about a smaller picture is shown
const kProbeMs = 1000; // least time between two network probes
// Time limit of a probe in ms. A probe sends about one packet a second, as TCP does. Few failed probes are better:
// after many failures Chromium delays WebSockets, by up to 5 s.
const kProbeLimitMs = 5000;
const kResumeMs = 200; // time for a stalled picture to resume by itself once the network is back
const kMaxEvents = 100;
const kRetryNotes = {
  soon: ' Trying again…',
  patient: ` Trying again in ${kPatientRetryMs / 1000} s; tap to try now.`,
  never: '',
};

/// Keeps a picture on the screen. Starts one session after another; the last picture stays until the next session has
/// one. When the socket of a session fails, its picture continues while the next session connects in the background.
export class Player {
  state = 'stopped'; // connecting, playing, waiting (for the next attempt), stopped
  problem = null; // the latest problem code of facts.js, null while playing
  reconnects = 0; // how often a new session replaced the picture
  events = []; // event log for bug reports: {at, what}
  glass = null; // GlassToGlass of all pictures; loaded after the first picture, so as not to delay it

  link; // InputLink: input and control

  #screen;
  #status;
  #wantsStamp;
  #denied;
  #backoff = new Backoff();
  #session = null; // the session that connects, or plays with its socket open
  #shown = null; // the session whose picture is shown, possibly its last picture
  #timer = null; // until the next attempt
  #failure = null; // how the latest session ended, {problem, text, wantsToken}; null while playing
  #playingSince = 0;
  #notice = ''; // what is wrong with the picture for all viewers
  #network = null; // network limit on the picture shown: {slow, kbps, picture}
  #fadeTimer = null; // until its message fades
  #first = null; // FirstPicture of the page's first picture
  #awaitsTap = false;

  /// `stamp`: request a time stamp in each picture, and read it. `denied`: called when the server requires a token that
  /// we do not have; start() tries again. `interact`: loads what handles input, see InputLink.
  constructor(screen, status, { stamp = false, denied = () => {}, interact = null } = {}) {
    this.link = new InputLink(interact);
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
    const session = this.#session;
    this.#use(null); // releases keys and buttons while the socket is open
    session?.close();
    this.#shown?.close();
    this.#shown = null;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.state = 'stopped';
  }

  /// Retries at once, after a tap, when the network is back, or when the tab becomes visible.
  retryNow() {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  tapNeeded() {
    this.#awaitsTap = true;
    if (this.#session) this.#session.awaitsTap = true;
    this.#status.say('This browser does not autoplay. Tap to start the picture.');
  }

  tapped() {
    if (this.#awaitsTap && this.state === 'playing') this.#settleStatus();
    this.#awaitsTap = false;
    if (this.#session) this.#session.awaitsTap = false;
    this.retryNow();
  }

  /// The statistics of the received video (see videoReport()), or null.
  async stats() {
    const session = this.state === 'playing' ? this.#shown : this.#session;
    return session?.stats() ?? null;
  }

  /// FirstPicture.summary() of the page's first picture, or null.
  get firstPicture() {
    return this.#first?.summary() ?? null;
  }

  /// FirstPicture.summary() of the session that is shown, or null.
  get latestPicture() {
    return this.#shown?.firstPicture.summary() ?? null;
  }

  /// The network limit on the picture, {slow, kbps, picture: {width, height} or null}, or null.
  get network() {
    return this.#network;
  }

  /// The server's clocks, from the session that is shown, or null.
  get clock() {
    return this.#shown?.clock ?? null;
  }

  #connect() {
    this.#timer = null;
    this.#note('connecting');
    if (this.state !== 'playing') {
      this.state = 'connecting';
      // After a failure its message stays until there is news.
      if (this.problem === null) this.#status.say(`Connecting to ${location.hostname}…`);
    }
    const session = beginSession();
    this.#use(session);
    if (this.#wantsStamp) session.wantStamp();
    this.#notice = '';
    session.listen({
      config: (config) => {
        this.#screen.shape = config;
      },
      progress: (word) => this.#note(word),
      stream: (stream) => this.#screen.prepare(
        stream,
        (metadata) => this.#show(session, metadata),
        (metadata) => {
          this.glass?.add(metadata, this.#screen.video, session);
          this.link.pictured(metadata, session);
        }),
      network: (network) => this.#setNetwork(session, network),
      notice: (text) => this.#setNotice(text),
      interaction: (message) => this.link.hear(message, session),
      cut: () => this.#cut(),
      stall: (problem, facts) => this.#stall(session, problem, facts),
      resume: () => this.#resume(session),
      end: (problem, facts) => this.#ended(session, problem, facts),
    });
  }

  /// Sets the session that connects, or plays with its socket open.
  #use(session) {
    this.#session = session;
    this.link.use(session);
  }

  #show(session, metadata) {
    if (session !== this.#session) return; // it has just ended
    this.#note('playing');
    session.shown(metadata);
    this.#first ??= session.firstPicture;
    if (this.#shown) this.reconnects += 1;
    this.#shown?.close();
    this.#shown = session;
    this.#playingSince = performance.now();
    this.#network = null;
    this.#play();
    this.link.ready();
    this.#measure().catch((error) => this.#note(`no measurements: ${error.message}`));
  }

  #play() {
    this.state = 'playing';
    this.problem = this.#failure = null;
    this.#screen.stale = false;
    if (!this.#awaitsTap) this.#settleStatus();
  }

  /// Shows the notice, the network message, or none, while the picture plays.
  #settleStatus() {
    clearTimeout(this.#fadeTimer);
    if (this.#notice) {
      this.#status.say(this.#notice);
      return;
    }
    if (!this.#network) {
      this.#status.fade();
      return;
    }
    this.#status.say(networkWords(this.#network));
    if (this.#network.slow) return;
    this.#fadeTimer = setTimeout(() => {
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
    const carried = picture ? `${picture.width}x${picture.height}` : 'the full picture';
    if (moves) this.#note(`the network carries ${carried}`);
    const isNews = moves || slow || before?.slow;
    if (isNews && this.state === 'playing' && !this.#awaitsTap) this.#settleStatus();
  }

  #setNotice(text) {
    this.#notice = text && `${text[0].toUpperCase()}${text.slice(1)}.`;
    this.#note(text || 'the picture is as it should be');
    if (this.state === 'playing' && !this.#awaitsTap) this.#settleStatus();
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
    this.#note('the WebSocket failed, the picture continues');
    this.#settleBackoff();
    this.#use(null);
    this.#tryAgain('soon');
  }

  /// Nothing arrives any more. Either the session resumes, or a new session replaces it when the network is back.
  #stall(session, problem, facts) {
    if (session !== this.#session) return; // the next session is already connecting
    const { text } = explain(problem, facts);
    this.#note(`${problem}: ${text}`);
    this.#settleBackoff();
    this.#use(null);
    this.#failure = { problem, text: text + kRetryNotes.soon };
    this.#probe(session);
    this.#showFailure();
  }

  /// Waits until the server is reachable before the next attempt, because an attempt without a network takes many
  /// seconds.
  #probe(stalled, after = 0) {
    this.#timer = setTimeout(async () => {
      const began = performance.now();
      const isBack = await reachable(kProbeLimitMs);
      if (isBack) await new Promise((resolve) => { setTimeout(resolve, kResumeMs); });
      if (isBack) await stalled.look();
      if (this.#session !== null || this.state !== 'waiting') return; // resumed or stopped in the meantime
      if (isBack) this.#connect();
      else this.#probe(stalled, Math.max(0, kProbeMs * (0.9 + Math.random() / 5) - (performance.now() - began)));
    }, after);
  }

  #resume(session) {
    if (session !== this.#shown) return;
    this.#note('the picture resumed');
    if (this.#session) {
      this.#screen.abandon();
      this.#session.close();
    }
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#use(session);
    this.#play();
  }

  #ended(session, problem, facts) {
    const { text, retry, wantsToken = false } = explain(problem, facts);
    this.#note(`${problem}: ${text}`);
    const failure = { problem, text: text + kRetryNotes[retry], wantsToken };
    if (session !== this.#session) {
      this.#failure ??= failure; // its socket had failed; the problem of the next session says more
    } else {
      if (session === this.#shown) {
        this.#settleBackoff();
      } else {
        this.#screen.abandon();
        session.close();
      }
      this.#use(null);
      this.#failure = failure;
      this.#tryAgain(retry);
    }
    if (this.state !== 'playing' || session === this.#shown) this.#showFailure();
  }

  #settleBackoff() {
    if (this.state === 'playing' && performance.now() - this.#playingSince > kSteadyMs) this.#backoff.reset();
  }

  #tryAgain(retry) {
    if (retry === 'never') return;
    const delay = retry === 'soon' ? this.#backoff.next() : kPatientRetryMs;
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  /// Shows the latest problem; the picture is missing or no longer live.
  #showFailure() {
    const { problem, text, wantsToken } = this.#failure;
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

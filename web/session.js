// SPDX-License-Identifier: MIT
import { judge, newFacts } from './facts.js';
import { FirstPicture } from './first_picture.js';
import { videoReport } from './reception.js';
import { beside, Signalling } from './signalling.js';
import { tokens } from './token.js';

const kDenials = [401, 403, 421, 429]; // who we are, or by which way we come, does not please the server
const kTick = 500; // milliseconds between two looks at the statistics
const kConfigSoon = 500; // milliseconds
const kMostWords = 500; // letters of a denial
const kLoginMargin = 30_000; // milliseconds before its end, by which a relay is surely taken

let lastConfig = null; // of config.json

/// What of it is good by now: a login for the relay may have ended. Told by the wall's clock, since the other one may
/// stand still while the device sleeps.
function stillGood({ until, iceServers, ...others }) {
  const isOver = Date.now() > until;
  return { ...others, iceServers: isOver ? iceServers.filter(({ credential }) => credential === undefined) : iceServers };
}

/// Of an answer that says no more.
function describe({ status }) {
  return status === 401 || status === 407 ? `status ${status}, a proxy in between wants a login` : `status ${status}`;
}

/// Whether the server itself denies us; a proxy before it may do so too, with words of its own about a login of its own.
function isOurDenial({ status, headers }) {
  if (status === 401) return /realm="cubestream"/.test(headers.get('WWW-Authenticate') ?? '');
  return kDenials.includes(status) && !!headers.get('Content-Type')?.startsWith('text/plain');
}

/// One try at the picture: a socket, a peer connection, and the facts seen of both. Its listener has config(config),
/// progress(word), stream(MediaStream), network({slow, kbps, picture}) when the server says what the network makes of the
/// pictures: too slow for them, what it carries where that is known, and their size where it is a smaller one; cut() when
/// the socket broke and the picture goes on all the same, stall(problem, facts) when a picture that was on the screen
/// stands still since nothing arrives any more, resume() when something does again, and, once, end(problem, facts). After end() the peer connection is still there, so that the last picture can stay; close() ends
/// everything.
class Session {
  clock = null; // the server's: see keepTime()
  mediaClock = null; // ties RTP time stamps to the server's clock: {rtpTimestamp, steadyMs}, where the server tells it
  firstPicture = new FirstPicture(performance.now());

  #on = null;
  #untold = []; // what happened before there was a listener
  #wantsStamp = false;
  #facts = newFacts(performance.now(), location.hostname);
  #socket = null;
  #pc = null;
  #answered = false;
  #early = []; // the server's candidates that came before its answer
  #held = []; // our candidates that came before our offer was sent
  #clockTimer = null; // until the next question for the time
  #ticker = null;
  #tickedAt = performance.now();
  #stalled = false;
  #ended = false;

  constructor() {
    this.#facts.supported = typeof RTCPeerConnection === 'function';
    this.#facts.online = navigator.onLine;
    this.#ticker = setInterval(() => this.#tick(), kTick);
    if (this.#facts.supported) this.#connect().catch((error) => this.#fail('beginFailure', error));
    else queueMicrotask(() => this.#review());
  }

  /// Tells what happened so far, and from then on what happens.
  listen(on) {
    this.#on = on;
    for (const [what, details] of this.#untold.splice(0)) on[what](...details);
  }

  /// Pictures shall carry the time at which they were begun, for as long as the socket lives.
  wantStamp() {
    this.#wantsStamp = true;
    if (this.#facts.offeredAt !== null) this.#socket.wantStamp();
  }

  /// From now on the clock is shown the server's time.
  keepTime(clock) {
    this.clock = clock;
    this.#askTime();
  }

  /// The browser wants a tap before it plays (or got it): no picture is then nobody's fault.
  set awaitsTap(awaits) {
    this.#facts.awaitsTap = awaits;
    if (!awaits && this.#facts.frameAt !== null) this.#facts.frameAt = performance.now();
  }

  /// Its picture is on the screen.
  shown(metadata) {
    this.#facts.shown = true;
    this.firstPicture.present(metadata, performance.now());
  }

  /// The statistics of what is received: see videoReport().
  async stats() {
    return this.#pc ? videoReport(await this.#pc.getStats()) : null;
  }

  /// Looks now whether something has arrived, and tells.
  look() {
    return this.#ended ? Promise.resolve() : this.#tick();
  }

  close() {
    this.#end();
    this.#pc?.close();
  }

  async #connect() {
    const opened = new Promise((resolve) => {
      this.#socket = new Signalling(beside('ws', location.protocol.replace('http', 'ws')), tokens.protocols, {
        open: () => {
          this.#facts.openedAt = performance.now();
          this.firstPicture.reach('socketOpen', this.#facts.openedAt);
          resolve();
        },
        answer: (sdp, mediaClock) => this.#accept(sdp, mediaClock),
        candidate: (candidate) => this.#add(candidate),
        time: (time) => {
          this.clock.hear(time, performance.now());
          this.#clockTimer = setTimeout(() => this.#askTime(), this.clock.pauseMs);
        },
        network: (network) => this.#tell('network', network),
        refusal: (refusal) => {
          // An older server, which knows no clock and no stamp, refuses nothing else by that.
          if (refusal.code !== 'unknown-type') this.#facts.refusal = refusal;
          this.#tell('progress', `the server says: ${refusal.message} (${refusal.code})`);
        },
        close: (code) => {
          this.#facts.closeCode = code;
          this.#review();
          if (!this.#ended && this.#facts.openedAt !== null) this.#tell('cut');
        },
      });
    });
    const offer = await this.#prepareOffer();
    await opened;
    this.#review(); // that config.json is missing is told only of a server that is there
    if (this.#ended) return;
    this.#socket.offer(offer.sdp);
    this.#facts.offeredAt = performance.now();
    this.firstPicture.reach('offerSent', this.#facts.offeredAt);
    this.#tell('progress', 'offer sent');
    for (const candidate of this.#held.splice(0)) this.#socket.candidate(...candidate);
    if (this.#wantsStamp) this.#socket.wantStamp();
  }

  /// While the socket opens, for a browser's first offer takes about as long as that.
  async #prepareOffer() {
    const fetched = this.#fetchConfig();
    const pc = this.#makePeer();
    const [config, offer] = await Promise.all([fetched, pc.createOffer()]);
    if (config === null || this.#ended) return null;
    const { iceServers } = config;
    this.#tell('config', config);
    this.#facts.hasTurn = iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
    if (iceServers.length > 0) pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
    await pc.setLocalDescription(offer); // gathers candidates, hence not before the ICE servers are known
    return offer;
  }

  /// What was told the last time serves where it is not told soon, as far as it is good: see reachable.js.
  #fetchConfig() {
    const fetched = this.#fetchFreshConfig();
    if (!lastConfig) return fetched;
    const last = new Promise((resolve) => { setTimeout(() => resolve(stillGood(lastConfig)), kConfigSoon); });
    return Promise.race([fetched, last]);
  }

  async #fetchFreshConfig() {
    try {
      // As index.html preloads it; from the second time on the server is asked anew, for it says no-cache or no-store.
      const response = await fetch(beside('config.json'), { headers: tokens.headers });
      if (isOurDenial(response)) await this.#heedDenial(response);
      if (!response.ok) throw new Error(describe(response));
      const { iceServers = [], width, height, fps, ttl = Infinity } = await response.json();
      if (fps > 0) this.#facts.pictureEvery = 1000 / fps;
      lastConfig = { iceServers, width, height, fps, until: Date.now() + ttl * 1000 - kLoginMargin };
      return lastConfig;
    } catch (error) {
      this.#facts.configFailure = error.message;
      return null;
    } finally {
      this.#facts.configSettled = true;
      this.#review();
    }
  }

  /// The socket is denied as well, but of that a browser tells a page nothing.
  async #heedDenial(response) {
    const { status } = response;
    this.#facts.denied = { status, words: (await response.text()).slice(0, kMostWords), hadToken: tokens.token !== '' };
    if (status === 401) tokens.forget();
  }

  #makePeer() {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#pc = pc;
    const { receiver } = pc.addTransceiver('video', { direction: 'recvonly' });
    // Together with the server's playout-delay extension: show each picture as soon as it is decoded.
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;

    pc.onicecandidate = ({ candidate }) => {
      if (candidate === null) this.#trickle('', 0);
      else if (candidate.candidate) this.#trickle(candidate.candidate, candidate.sdpMLineIndex ?? 0);
    };
    pc.oniceconnectionstatechange = () => {
      this.#facts.iceState = pc.iceConnectionState;
      this.#tell('progress', `ICE ${pc.iceConnectionState}`);
      if (['connected', 'completed'].includes(pc.iceConnectionState))
        this.firstPicture.reach('iceConnected', performance.now());
      this.#review();
    };
    pc.ontrack = ({ track, streams }) => this.#tell('stream', streams[0] ?? new MediaStream([track]));
    return pc;
  }

  async #accept(sdp, mediaClock) {
    if (this.#ended || !this.#pc) return;
    this.firstPicture.reach('answered', performance.now());
    this.mediaClock = mediaClock;
    this.#tell('progress', 'answer received');
    try {
      await this.#pc.setRemoteDescription({ type: 'answer', sdp });
    } catch (error) {
      this.#fail('answerFailure', error);
      return;
    }
    this.#facts.answeredAt = performance.now();
    this.#answered = true;
    const { transport } = this.#pc.getReceivers()[0];
    transport?.addEventListener('statechange', () => {
      if (transport.state === 'connected') this.firstPicture.reach('dtlsConnected', performance.now());
    });
    for (const candidate of this.#early.splice(0)) this.#add(candidate);
  }

  #askTime() {
    this.#socket.askTime(this.clock.ask(performance.now()));
  }

  /// Candidates follow the offer.
  #trickle(...candidate) {
    if (this.#facts.offeredAt === null) this.#held.push(candidate);
    else this.#socket.candidate(...candidate);
  }

  #add(candidate) {
    if (!this.#answered) this.#early.push(candidate);
    // A candidate that this browser does not understand is one way less, not the end.
    else this.#pc.addIceCandidate(candidate).catch((error) => this.#tell('progress', `candidate: ${error.message}`));
  }

  async #tick() {
    const report = await this.stats().catch(() => null);
    if (this.#ended) return;
    const facts = this.#facts;
    const now = performance.now();
    // A sleeping laptop or a throttled tab has seen nothing meanwhile, which proves nothing.
    const slept = now - this.#tickedAt > 4 * kTick;
    this.#tickedAt = now;
    const { packetsReceived: packets = 0, framesDecoded: frames = 0 } = report ?? {};
    // A picture that stood still since nothing arrived has its time anew once something does.
    if (packets > facts.packets && this.#stalled) facts.frameAt = now;
    if (packets > facts.packets || (slept && facts.packetAt !== null)) facts.packetAt = now;
    if (frames > facts.frames || (slept && facts.frameAt !== null)) facts.frameAt = now;
    if (facts.packetAt !== null) facts.firstPacketAt ??= now;
    // A tab in the background shows nothing.
    if (facts.frameAt !== null) facts.firstFrameAt = document.hidden ? null : (facts.firstFrameAt ?? now);
    facts.packets = packets;
    facts.frames = frames;
    this.#review();
  }

  #tell(what, ...details) {
    if (this.#on) this.#on[what](...details);
    else this.#untold.push([what, details]);
  }

  #fail(fact, error) {
    this.#facts[fact] = error.message;
    this.#review();
  }

  #review() {
    if (this.#ended) return;
    const problem = judge(this.#facts, performance.now());
    // A network that is gone may come back, and the picture with it.
    const stalls = problem === 'stalled' && this.#facts.shown;
    if (stalls !== this.#stalled && (stalls || problem === null)) {
      this.#stalled = stalls;
      if (stalls) this.#tell('stall', problem, this.#facts);
      else this.#tell('resume');
    }
    if (problem === null || stalls) return;
    this.#end();
    this.#tell('end', problem, this.#facts);
  }

  #end() {
    this.#ended = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#clockTimer);
    this.#socket?.close();
  }
}

// The first session begins as soon as this file is there, while the browser still loads all that shows its picture.
let ahead = new Session();

/// A new session; the page's first one has begun already.
export function beginSession() {
  const session = ahead ?? new Session();
  ahead = null;
  return session;
}

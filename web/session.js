// SPDX-License-Identifier: MIT
import { judge, newFacts } from './facts.js';
import { FirstPicture } from './first_picture.js';
import { videoReport } from './reception.js';
import { beside, Signalling } from './signalling.js';
import { tokens } from './token.js';

const kDenials = [401, 403, 421, 429]; // statuses by which the server denies access
const kTick = 500; // ms between two evaluations of the statistics
const kConfigWaitMs = 500; // ms to wait for config.json before using the previous one
const kMaxDenial = 500; // most characters of a denial
const kLoginMargin = 30_000; // ms before its expiry a TURN login is no longer used; allocating the relay takes less

let lastConfig = null; // the latest config.json

/// Removes the TURN servers whose login has expired. Uses the wall clock, because the monotonic clock may stop while
/// the device sleeps.
function dropExpired({ until, iceServers, ...others }) {
  const expired = Date.now() > until;
  const usable = expired ? iceServers.filter(({ credential }) => credential === undefined) : iceServers;
  return { ...others, iceServers: usable };
}

/// Describes an unsuccessful response.
function describe({ status }) {
  return status === 401 || status === 407 ? `status ${status}, a proxy requires a login` : `status ${status}`;
}

/// Whether the server itself denies access. A proxy in front of it may deny access too, for a login of its own.
function isServerDenial({ status, headers }) {
  if (status === 401) return /realm="cubestream"/.test(headers.get('WWW-Authenticate') ?? '');
  return kDenials.includes(status) && !!headers.get('Content-Type')?.startsWith('text/plain');
}

/// One attempt to show the picture: a socket, a peer connection and their observed facts. The listener has
///  - config(config), progress(word), stream(MediaStream);
///  - notice(text): what is wrong with the picture for all viewers; empty: nothing;
///  - network({slow, kbps, picture}): the network limit; `slow`: too slow for the pictures, `kbps`: its rate if known,
///    `picture`: the size if it is a smaller one;
///  - interaction(message): a message about input and control, see input_link.js;
///  - cut(): the socket failed, and the picture continues;
///  - stall(problem, facts): nothing arrives any more for a picture that is shown; resume(): packets arrive again;
///  - end(problem, facts), once. The peer connection stays after it, so that the last picture can stay.
/// close() ends everything.
class Session {
  clock = null; // the server's clock: see keepTime()
  mediaClock = null; // maps RTP time stamps to the server's clock: {rtpTimestamp, steadyMs}; null: none sent
  scene = null; // the latest message of this type: what input the scene wants
  control = null; // the latest message of this type: who has control
  resumeKey = null; // of the control that a broken connection had
  firstPicture = new FirstPicture(performance.now());

  #on = null;
  #queuedEvents = []; // events before there was a listener
  #wantsStamp = false;
  #facts = newFacts(performance.now(), location.hostname);
  #socket = null;
  #pc = null;
  #answered = false;
  #early = []; // remote candidates received before the answer
  #held = []; // local candidates found before the offer was sent
  #clockTimer = null; // until the next clock request
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

  /// Delivers the events so far to the listener, and from then on each event.
  listen(on) {
    this.#on = on;
    for (const [what, details] of this.#queuedEvents.splice(0)) on[what](...details);
  }

  /// Requests a time stamp in every picture for as long as the socket is open.
  wantStamp() {
    this.#wantsStamp = true;
    if (this.#facts.offeredAt !== null) this.#socket.wantStamp();
  }

  /// Sends input events or a message: see Signalling.interact(). Returns whether it was sent.
  interact(message) {
    return this.#facts.offeredAt !== null && !this.#ended && this.#socket.interact(message);
  }

  /// Bytes that wait to be sent.
  get buffered() {
    return this.#socket?.buffered ?? 0;
  }

  /// Starts to synchronise `clock` with the server.
  keepTime(clock) {
    this.clock = clock;
    this.#askTime();
  }

  /// Whether the browser waits for a tap before it plays. A missing picture is then not a problem.
  set awaitsTap(awaits) {
    this.#facts.awaitsTap = awaits;
    if (!awaits && this.#facts.frameAt !== null) this.#facts.frameAt = performance.now();
  }

  /// Call when its first picture is on the screen.
  shown(metadata) {
    this.#facts.shown = true;
    this.firstPicture.present(metadata, performance.now());
  }

  /// The statistics of the received video: see videoReport().
  async stats() {
    return this.#pc ? videoReport(await this.#pc.getStats()) : null;
  }

  /// Evaluates the statistics now.
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
        network: (network) => this.#emit('network', network),
        notice: (text) => this.#emit('notice', text),
        interaction: (message) => {
          if (message.type === 'scene') this.scene = message;
          if (message.type === 'control') this.control = message;
          this.#emit('interaction', message);
        },
        refusal: (refusal) => {
          // An older server does not know the messages for clock and stamp. This is not a refusal of the session.
          if (refusal.code !== 'unknown-type') this.#facts.refusal = refusal;
          this.#emit('progress', `server error: ${refusal.message} (${refusal.code})`);
        },
        close: (code) => {
          this.#facts.closeCode = code;
          this.#review();
          if (!this.#ended && this.#facts.openedAt !== null) this.#emit('cut');
        },
      });
    });
    const offer = await this.#prepareOffer();
    await opened;
    this.#review(); // a missing config.json counts only once the server is known to be reachable
    if (this.#ended) return;
    this.#socket.offer(offer.sdp);
    this.#facts.offeredAt = performance.now();
    this.firstPicture.reach('offerSent', this.#facts.offeredAt);
    this.#emit('progress', 'offer sent');
    this.#follow();
    for (const candidate of this.#held.splice(0)) this.#socket.candidate(...candidate);
    if (this.#wantsStamp) this.#socket.wantStamp();
  }

  /// Tells the server that the page can handle input and control.
  #follow() {
    const [width, height, pixelRatio] = [innerWidth, innerHeight, devicePixelRatio];
    const viewport = { width, height, pixelRatio, isVisible: !document.hidden };
    const resume = this.resumeKey === null ? {} : { resume: this.resumeKey };
    this.#socket.interact({ type: 'control', do: 'follow', viewport, ...resume });
  }

  /// Runs while the socket opens, because the first offer of a browser takes about as long.
  async #prepareOffer() {
    const fetched = this.#fetchConfig();
    const pc = this.#makePeer();
    const [config, offer] = await Promise.all([fetched, pc.createOffer()]);
    if (config === null || this.#ended) return null;
    const { iceServers } = config;
    this.#emit('config', config);
    this.#facts.hasTurn = iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
    if (iceServers.length > 0) pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
    await pc.setLocalDescription(offer); // starts gathering candidates, so the ICE servers must be known
    return offer;
  }

  /// Falls back to the previous config.json, without expired logins, if the response takes long: see reachable.js.
  #fetchConfig() {
    const fetched = this.#fetchFreshConfig();
    if (!lastConfig) return fetched;
    const last = new Promise((resolve) => { setTimeout(() => resolve(dropExpired(lastConfig)), kConfigWaitMs); });
    return Promise.race([fetched, last]);
  }

  async #fetchFreshConfig() {
    try {
      // index.html preloads it. Later calls ask the server again, because the response has no-cache or no-store.
      const response = await fetch(beside('config.json'), { headers: tokens.headers });
      if (isServerDenial(response)) await this.#recordDenial(response);
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

  /// The socket is denied as well, but the browser does not tell the page why.
  async #recordDenial(response) {
    const { status } = response;
    this.#facts.denied = { status, words: (await response.text()).slice(0, kMaxDenial), hadToken: tokens.token !== '' };
    if (status === 401) tokens.forget();
  }

  #makePeer() {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#pc = pc;
    const { receiver } = pc.addTransceiver('video', { direction: 'recvonly' });
    // With the server's playout-delay extension, this shows each picture as soon as it is decoded.
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;

    pc.onicecandidate = ({ candidate }) => {
      if (candidate === null) this.#trickle('', 0);
      else if (candidate.candidate) this.#trickle(candidate.candidate, candidate.sdpMLineIndex ?? 0);
    };
    pc.oniceconnectionstatechange = () => {
      this.#facts.iceState = pc.iceConnectionState;
      this.#emit('progress', `ICE ${pc.iceConnectionState}`);
      if (['connected', 'completed'].includes(pc.iceConnectionState))
        this.firstPicture.reach('iceConnected', performance.now());
      this.#review();
    };
    pc.ontrack = ({ track, streams }) => this.#emit('stream', streams[0] ?? new MediaStream([track]));
    return pc;
  }

  async #accept(sdp, mediaClock) {
    if (this.#ended || !this.#pc) return;
    this.firstPicture.reach('answered', performance.now());
    this.mediaClock = mediaClock;
    this.#emit('progress', 'answer received');
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

  /// Sends a local candidate, after the offer.
  #trickle(...candidate) {
    if (this.#facts.offeredAt === null) this.#held.push(candidate);
    else this.#socket.candidate(...candidate);
  }

  #add(candidate) {
    if (!this.#answered) this.#early.push(candidate);
    // A candidate that this browser does not understand is not fatal: there is one path less.
    else this.#pc.addIceCandidate(candidate).catch((error) => this.#emit('progress', `candidate: ${error.message}`));
  }

  async #tick() {
    const report = await this.stats().catch(() => null);
    if (this.#ended) return;
    const facts = this.#facts;
    const now = performance.now();
    // After sleep or tab throttling the missing packets prove nothing.
    const slept = now - this.#tickedAt > 4 * kTick;
    this.#tickedAt = now;
    const { packetsReceived: packets = 0, framesDecoded: frames = 0 } = report ?? {};
    // When a stalled picture receives packets again, its time limit starts again.
    if (packets > facts.packets && this.#stalled) facts.frameAt = now;
    if (packets > facts.packets || (slept && facts.packetAt !== null)) facts.packetAt = now;
    if (frames > facts.frames || (slept && facts.frameAt !== null)) facts.frameAt = now;
    if (facts.packetAt !== null) facts.firstPacketAt ??= now;
    // A background tab shows nothing.
    if (facts.frameAt !== null) facts.firstFrameAt = document.hidden ? null : (facts.firstFrameAt ?? now);
    facts.packets = packets;
    facts.frames = frames;
    this.#review();
  }

  #emit(what, ...details) {
    if (this.#on) this.#on[what](...details);
    else this.#queuedEvents.push([what, details]);
  }

  #fail(fact, error) {
    this.#facts[fact] = error.message;
    this.#review();
  }

  #review() {
    if (this.#ended) return;
    const problem = judge(this.#facts, performance.now());
    // The network may come back, and the picture with it.
    const stalls = problem === 'stalled' && this.#facts.shown;
    if (stalls !== this.#stalled && (stalls || problem === null)) {
      this.#stalled = stalls;
      if (stalls) this.#emit('stall', problem, this.#facts);
      else this.#emit('resume');
    }
    if (problem === null || stalls) return;
    this.#end();
    this.#emit('end', problem, this.#facts);
  }

  #end() {
    this.#ended = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#clockTimer);
    this.#socket?.close();
  }
}

// The first session starts as soon as this file is loaded, while the browser still loads the scripts that show the
// picture.
let ahead = new Session();

/// Returns a new session; the first call returns the session that has already started.
export function beginSession() {
  const session = ahead ?? new Session();
  ahead = null;
  return session;
}

// SPDX-License-Identifier: MIT
import { judge, newFacts } from './facts.js';
import { Signalling } from './signalling.js';

const kTick = 500; // milliseconds between two looks at the statistics

/// One try at the picture: a socket, a peer connection, and the facts seen of both. `on` has config(config),
/// progress(word), stream(MediaStream), cut() when the socket broke and the picture goes on all the same, and, once,
/// end(problem, facts). After end() the peer connection is still there, so that the last picture can stay; close() ends
/// everything.
export class Session {
  #on;
  #facts = newFacts(performance.now(), location.hostname);
  #socket = null;
  #pc = null;
  #answered = false;
  #early = []; // the server's candidates that came before its answer
  #ticker = null;
  #tickedAt = performance.now();
  #ended = false;

  constructor(on) {
    this.#on = on;
    this.#facts.supported = typeof RTCPeerConnection === 'function';
    this.#facts.online = navigator.onLine;
    this.#ticker = setInterval(() => this.#tick(), kTick);
    if (this.#facts.supported) this.#connect().catch((error) => this.#fail('beginFailure', error));
    else queueMicrotask(() => this.#review());
  }

  /// The browser wants a tap before it plays (or got it): no picture is then nobody's fault.
  set awaitsTap(awaits) {
    this.#facts.awaitsTap = awaits;
    if (!awaits && this.#facts.frameAt !== null) this.#facts.frameAt = performance.now();
  }

  /// Its picture is on the screen.
  shown() {
    this.#facts.shown = true;
  }

  /// The statistics of what is received, with the name of its codec ("video/VP8"), or null.
  async stats() {
    if (!this.#pc) return null;
    const reports = await this.#pc.getStats();
    for (const report of reports.values())
      if (report.type === 'inbound-rtp' && report.kind === 'video')
        return { ...report, codec: reports.get(report.codecId)?.mimeType };
    return null;
  }

  close() {
    this.#end();
    this.#pc?.close();
  }

  async #connect() {
    const opened = new Promise((resolve) => {
      this.#socket = new Signalling(beside('ws'), {
        open: () => {
          this.#facts.openedAt = performance.now();
          resolve();
        },
        answer: (sdp) => this.#accept(sdp),
        candidate: (candidate) => this.#add(candidate),
        refusal: (refusal) => {
          this.#facts.refusal = refusal;
          this.#on.progress(`the server says: ${refusal.message} (${refusal.code})`);
        },
        close: (code) => {
          this.#facts.closeCode = code;
          this.#review();
          if (!this.#ended) this.#on.cut();
        },
      });
    });
    const [config] = await Promise.all([this.#fetchConfig(), opened]);
    this.#review();
    if (this.#ended) return;
    this.#on.config(config);
    this.#facts.hasTurn = config.iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)));
    await this.#offer(config.iceServers);
  }

  async #fetchConfig() {
    try {
      const response = await fetch(beside('config.json', location.protocol), { cache: 'no-store' });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const { iceServers = [], width, height, fps } = await response.json();
      return { iceServers, width, height, fps };
    } catch (error) {
      this.#facts.configFailure = error.message;
      return null;
    }
  }

  async #offer(iceServers) {
    const pc = this.#makePeer(iceServers);
    await pc.setLocalDescription(await pc.createOffer());
    if (this.#ended) return;
    this.#socket.offer(pc.localDescription.sdp);
    this.#facts.offeredAt = performance.now();
    this.#on.progress('offer sent');
  }

  #makePeer(iceServers) {
    const pc = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    this.#pc = pc;
    const { receiver } = pc.addTransceiver('video', { direction: 'recvonly' });
    // Together with the server's playout-delay extension: show each picture as soon as it is decoded.
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;

    pc.onicecandidate = ({ candidate }) => {
      if (candidate === null) this.#socket.candidate('', 0);
      else if (candidate.candidate) this.#socket.candidate(candidate.candidate, candidate.sdpMLineIndex ?? 0);
    };
    pc.oniceconnectionstatechange = () => {
      this.#facts.iceState = pc.iceConnectionState;
      this.#on.progress(`ICE ${pc.iceConnectionState}`);
      this.#review();
    };
    pc.ontrack = ({ track, streams }) => this.#on.stream(streams[0] ?? new MediaStream([track]));
    return pc;
  }

  async #accept(sdp) {
    if (this.#ended || !this.#pc) return;
    this.#on.progress('answer received');
    try {
      await this.#pc.setRemoteDescription({ type: 'answer', sdp });
    } catch (error) {
      this.#fail('answerFailure', error);
      return;
    }
    this.#facts.answeredAt = performance.now();
    this.#answered = true;
    for (const candidate of this.#early.splice(0)) this.#add(candidate);
  }

  #add(candidate) {
    if (!this.#answered) this.#early.push(candidate);
    // A candidate that this browser does not understand is one way less, not the end.
    else this.#pc.addIceCandidate(candidate).catch((error) => this.#on.progress(`candidate: ${error.message}`));
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
    if (packets > facts.packets || (slept && facts.packetAt !== null)) facts.packetAt = now;
    if (frames > facts.frames || (slept && facts.frameAt !== null)) facts.frameAt = now;
    if (facts.packetAt !== null) facts.firstPacketAt ??= now;
    // A tab in the background shows nothing.
    if (facts.frameAt !== null) facts.firstFrameAt = document.hidden ? null : (facts.firstFrameAt ?? now);
    facts.packets = packets;
    facts.frames = frames;
    this.#review();
  }

  #fail(fact, error) {
    this.#facts[fact] = error.message;
    this.#review();
  }

  #review() {
    if (this.#ended) return;
    const problem = judge(this.#facts, performance.now());
    if (problem === null) return;
    this.#end();
    this.#on.end(problem, this.#facts);
  }

  #end() {
    this.#ended = true;
    clearInterval(this.#ticker);
    this.#socket?.close();
  }
}

/// The address of something that lies beside the page, for a proxy may have put it into a folder.
function beside(name, protocol = location.protocol.replace('http', 'ws')) {
  const url = new URL(name, location.href);
  url.protocol = protocol;
  url.search = url.hash = '';
  return url.href;
}

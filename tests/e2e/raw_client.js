// SPDX-License-Identifier: MIT
// Runs inside a tab: a client that does just what it is told, also what the page never would.

window.RawClient = class RawClient {
  messages = []; // the server's, parsed
  peer = null;

  constructor() {
    this.socket = new WebSocket(new URL('ws', location.href).href.replace('http', 'ws'));
    this.opened = new Promise((resolve) => { this.socket.onopen = resolve; });
    this.closed = new Promise((resolve) => { this.socket.onclose = ({ code }) => resolve(code); });
    this.news = new EventTarget();
    this.socket.onmessage = ({ data }) => {
      this.messages.push(JSON.parse(data));
      this.hear(this.messages.at(-1));
      this.news.dispatchEvent(new Event('message'));
    };
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /// The first message that fits, from `from` on.
  async message(fits, from = 0) {
    for (;;) {
      const found = this.messages.slice(from).find(fits);
      if (found) return found;
      await new Promise((resolve) => this.news.addEventListener('message', resolve, { once: true }));
    }
  }

  /// A new peer connection, offered on this socket; `this.track` will be its picture.
  /// `audio`: offers to receive that as well, so that its answer can be told from others by its number of sections.
  async offer({ trickle = true, audio = false } = {}) {
    const peer = new RTCPeerConnection();
    this.peer = peer;
    this.early = [];
    this.track = new Promise((resolve) => { peer.ontrack = ({ track }) => resolve(track); });
    this.connected = new Promise((resolve) => {
      peer.onconnectionstatechange = () => { if (peer.connectionState === 'connected') resolve(); };
    });
    this.candidate = new Promise((resolve) => {
      peer.onicecandidate = ({ candidate }) => {
        if (trickle && this.socket.readyState === WebSocket.OPEN)
          this.send({ type: 'ice', candidate: candidate?.candidate ?? '', sdpMLineIndex: candidate?.sdpMLineIndex ?? 0 });
        resolve();
      };
    });
    peer.addTransceiver('video', { direction: 'recvonly' });
    if (audio) peer.addTransceiver('audio', { direction: 'recvonly' });
    await peer.setLocalDescription(await peer.createOffer());
    const from = this.messages.length;
    this.send({ type: 'offer', sdp: peer.localDescription.sdp });
    this.answered = this.message(({ type }) => type === 'answer', from);
  }

  /// Until the picture moves.
  async picture() {
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = new MediaStream([await this.track]);
    document.body.append(video);
    await video.play();
    for (let i = 0; i < 3; ++i) await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    video.remove();
  }

  async hear(message) {
    const { peer, early } = this;
    if (!peer || peer.signalingState === 'closed') return;
    try {
      if (message.type === 'answer') {
        const sections = (sdp) => sdp.match(/^m=/gm).length;
        if (sections(message.sdp) !== sections(peer.localDescription.sdp)) return; // to an offer of before
        await peer.setRemoteDescription(message);
        for (const candidate of early.splice(0)) await peer.addIceCandidate(candidate);
      } else if (message.type === 'ice') {
        const { candidate, sdpMLineIndex } = message;
        if (!peer.remoteDescription) early.push({ candidate, sdpMLineIndex });
        else await peer.addIceCandidate({ candidate, sdpMLineIndex });
      }
    } catch (error) {
      // Closed in the middle of it, as some tests do.
      if (peer.signalingState !== 'closed') throw error;
    }
  }
};

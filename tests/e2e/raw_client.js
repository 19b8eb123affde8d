// SPDX-License-Identifier: MIT
// Runs in a tab: a client under full control of the test, which may also send what the page never sends.

window.RawClient = class RawClient {
  messages = []; // from the server, parsed
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

  /// The first message that matches, from index `from` on; waits for it.
  async message(fits, from = 0) {
    for (;;) {
      const found = this.messages.slice(from).find(fits);
      if (found) return found;
      await new Promise((resolve) => this.news.addEventListener('message', resolve, { once: true }));
    }
  }

  /// Offers a new peer connection on this socket; `this.track` resolves to its video track.
  /// `audio`: also offers to receive audio, so that the number of sections identifies its answer.
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

  /// Resolves when the picture moves.
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
        if (sections(message.sdp) !== sections(peer.localDescription.sdp)) return; // answers an earlier offer
        await peer.setRemoteDescription(message);
        for (const candidate of early.splice(0)) await peer.addIceCandidate(candidate);
      } else if (message.type === 'ice') {
        const { candidate, sdpMLineIndex } = message;
        if (!peer.remoteDescription) early.push({ candidate, sdpMLineIndex });
        else await peer.addIceCandidate({ candidate, sdpMLineIndex });
      }
    } catch (error) {
      // Some tests close the connection meanwhile.
      if (peer.signalingState !== 'closed') throw error;
    }
  }
};

// SPDX-License-Identifier: MIT
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

const kTypes = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

/// A server for the page that can misbehave. The files come from web/, the picture from a second tab of the same
/// browser. `behaviour` may be changed at any time and applies to sockets opened afterwards.
export class FakeServer {
  url = 'http://fake.example/';
  sockets = []; // the open ones, in order of opening
  offers = 0;
  behaviour = {
    up: true,
    config: { iceServers: [], width: 1280, height: 720, fps: 30 },
    html: (text) => text,
    answer: (socket, offer) => this.answer(socket, offer),
    trickles: true,
    interaction: null, // (socket, message, server) answers messages about control; null: an older server
  };
  batches = []; // the binary messages
  #peer;

  static async start(context) {
    const server = new FakeServer();
    server.#peer = await context.newPage();
    await server.#peer.evaluate(servePictures);
    await server.#peer.exposeFunction('trickle', (index, candidate, sdpMLineIndex) => {
      if (!server.behaviour.trickles) return;
      server.sockets.find((socket) => socket.index === index)?.say({ type: 'ice', candidate, sdpMLineIndex });
    });
    await context.route(`${server.url}**`, (route) => server.#serve(route));
    await context.routeWebSocket(/fake\.example\/ws$/, (socket) => server.#accept(socket));
    return server;
  }

  /// Sends a valid answer, with a picture.
  async answer(socket, { sdp }) {
    const answer = await this.#peer.evaluate(([index, offer]) => window.answer(index, offer), [socket.index, sdp]);
    socket.say({ type: 'answer', sdp: answer });
  }

  /// Stops all media without a message, as if the network failed.
  silence() {
    return this.#peer.evaluate(() => window.silence());
  }

  closeAll(code) {
    for (const socket of this.sockets.splice(0)) socket.close({ code });
  }

  async #serve(route) {
    if (!this.behaviour.up) return route.abort('connectionrefused');
    const name = basename(new URL(route.request().url()).pathname) || 'index.html';
    if (name === 'config.json') return route.fulfill({ json: this.behaviour.config });
    const body = await readFile(new URL(`../../web/${name}`, import.meta.url), 'utf8').catch(() => null);
    if (body === null) return route.fulfill({ status: 404 });
    const type = name.split('.').pop();
    return route.fulfill({ body: type === 'html' ? this.behaviour.html(body) : body, contentType: kTypes[type] });
  }

  #accept(socket) {
    if (!this.behaviour.up) return socket.close({ code: 1006 });
    const { answer } = this.behaviour;
    socket.index = FakeServer.#next++;
    socket.say = (message) => socket.send(JSON.stringify(message));
    this.sockets.push(socket);
    socket.onClose(() => {
      this.sockets = this.sockets.filter((other) => other !== socket);
    });
    // A message may arrive while the test closes the tabs of its browser.
    socket.onMessage((data) => {
      if (typeof data !== 'string') {
        this.batches.push(data);
        return;
      }
      this.#hear(socket, answer, JSON.parse(data)).catch((error) => {
        if (!/has been closed/.test(error.message)) throw error;
      });
    });
  }

  async #hear(socket, answer, message) {
    if (message.type === 'offer') {
      this.offers += 1;
      await answer(socket, message);
    }
    if (message.type === 'ice' && message.candidate && this.behaviour.trickles)
      await this.#peer.evaluate(([index, candidate]) => window.hear(index, candidate), [socket.index, message]);
    const { interaction } = this.behaviour;
    if (interaction && ['control', 'message'].includes(message.type)) interaction(socket, message, this);
    // As a server that is older than the page does.
    else if (!['offer', 'ice'].includes(message.type))
      socket.say({ type: 'error', code: 'unknown-type', message: 'The server knows no message of this type.' });
  }

  static #next = 0;
}

/// Runs in the second tab: the peers that send the picture.
function servePictures() {
  const canvas = document.createElement('canvas');
  canvas.width = 640; // small, for cheap encoding
  canvas.height = 360;
  const draw = canvas.getContext('2d');
  let count = 0;
  setInterval(() => {
    count += 1;
    draw.fillStyle = '#234';
    draw.fillRect(0, 0, 640, 360);
    draw.fillStyle = '#fd6';
    draw.fillRect((count * 4) % 640, 130, 100, 100);
  }, 33);
  const stream = canvas.captureStream(30);
  const peers = new Map();
  const early = new Map();

  window.answer = async (index, sdp) => {
    const peer = new RTCPeerConnection();
    peers.set(index, peer);
    peer.onicecandidate = ({ candidate }) => window.trickle(index, candidate?.candidate ?? '', 0);
    await peer.setRemoteDescription({ type: 'offer', sdp });
    peer.addTrack(stream.getVideoTracks()[0], stream);
    await peer.setLocalDescription(await peer.createAnswer());
    for (const candidate of early.get(index) ?? []) await peer.addIceCandidate(candidate);
    return peer.localDescription.sdp;
  };
  window.hear = (index, { candidate, sdpMLineIndex }) => {
    const heard = { candidate, sdpMLineIndex };
    const peer = peers.get(index);
    if (peer?.localDescription) return peer.addIceCandidate(heard);
    early.set(index, [...(early.get(index) ?? []), heard]);
  };
  window.silence = async () => {
    for (const peer of peers.values()) for (const sender of peer.getSenders()) await sender.replaceTrack(null);
  };
}

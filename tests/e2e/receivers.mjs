// SPDX-License-Identifier: MIT
// Viewers by the hundred that decode nothing: bench/receivers, and the signalling it does not know.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { kTimeLimit } from './browser.mjs';

export const kReceivers = process.env.RECEIVERS ??
  fileURLToPath(new URL('../../build/release/bench/receivers', import.meta.url));

/// One process of receivers. What it says reaches whoever waits for it.
export class Receivers {
  #child;
  #waiting = new Set(); // {matches, resolve}
  #sockets = new Map(); // of those that joined by WebSocket
  #last = 0;

  static start() {
    return new Receivers();
  }

  constructor() {
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', kReceivers], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
  }

  get pid() {
    return this.#child.pid;
  }

  #hear(said) {
    for (const one of this.#waiting)
      if (one.matches(said)) {
        this.#waiting.delete(one);
        one.resolve(said);
      }
  }

  say(command) {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /// The next line that matches.
  next(matches, what) {
    return new Promise((resolve, reject) => {
      const one = { matches, resolve: (said) => { clearTimeout(timer); resolve(said); } };
      const timer = setTimeout(() => {
        this.#waiting.delete(one);
        reject(new Error(`the receivers did not say: ${what}`));
      }, 3 * kTimeLimit);
      timer.unref(); // nobody waits for the first picture of one that was killed before
      this.#waiting.add(one);
    });
  }

  /// A new receiver: {id, sdp, pictured}, its offer, or its answer to `offer`, and a promise of its first picture that
  /// can be decoded.
  async make(offer = null) {
    const id = ++this.#last;
    const described = this.next((said) => said.id === id && said.is === 'description', 'its description');
    const pictured = this.next((said) => said.id === id && said.is === 'picture', `a picture for ${id}`);
    pictured.catch(() => {});
    this.say(offer === null ? { do: 'offer', id } : { do: 'answer', id, sdp: offer });
    return { id, sdp: (await described).sdp, pictured };
  }

  /// Joins a daemon by its WebSocket, and resolves with the first whole picture: {id, answerMs, pictureMs}. Rejects with
  /// the server's refusal as {code, close}.
  async join(url) {
    const { id, sdp, pictured } = await this.make();
    const began = performance.now();
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`);
    this.#sockets.set(id, socket);
    let answerMs = null;
    const refused = new Promise((resolve, reject) => {
      let code = null;
      socket.on('message', (data) => {
        const message = JSON.parse(data);
        if (message.type === 'answer') {
          answerMs = performance.now() - began;
          this.say({ do: 'accept', id, sdp: message.sdp });
        } else if (message.type === 'ice') {
          this.say({ do: 'candidate', id, candidate: message.candidate });
        } else if (message.type === 'error') {
          code = message.code;
        }
      });
      socket.on('close', (close) => reject(Object.assign(new Error(`refused: ${code} ${close}`), { code, close })));
      socket.on('error', reject);
    });
    refused.catch(() => {});
    await Promise.race([once(socket, 'open'), refused]);
    socket.send(JSON.stringify({ type: 'offer', sdp }));
    await Promise.race([pictured, refused]);
    return { id, answerMs, pictureMs: performance.now() - began };
  }

  /// Resolves when the server has closed this one's WebSocket: {code, close}.
  closed(id) {
    const socket = this.#sockets.get(id);
    return new Promise((resolve) => {
      let code = null;
      socket.on('message', (data) => { code = JSON.parse(data).code ?? code; });
      socket.on('close', (close) => resolve({ code, close }));
    });
  }

  /// Offers and then does nothing of what it has to; resolves with the server's last words, {code, close}.
  async offerAlone(url) {
    const { id, sdp } = await this.make();
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}ws`);
    this.#sockets.set(id, socket);
    await once(socket, 'open');
    const closed = this.closed(id);
    socket.send(JSON.stringify({ type: 'offer', sdp: sdp.replace(/^a=candidate:.*\r\n/gm, '') }));
    return closed;
  }

  leave(id) {
    this.say({ do: 'close', id });
    this.#sockets.get(id)?.close(1000);
    this.#sockets.delete(id);
  }

  /// All of them at once, without a word: the process is killed.
  async die() {
    this.#child.kill('SIGKILL');
    for (const socket of this.#sockets.values()) socket.terminate();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  /// Stops all of them where they are, or lets them go on.
  freeze(frozen) {
    this.#child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /// The connection for the picture stays, the one for signalling breaks.
  breakSignalling(id) {
    this.#sockets.get(id).terminate();
    this.#sockets.delete(id);
  }

  /// The counters of all: {cpu_s, receivers: [{id, packets, …}]}.
  async look() {
    const said = this.next(({ is }) => is === 'look', 'its counters');
    this.say({ do: 'look' });
    return said;
  }

  async stop() {
    for (const socket of this.#sockets.values()) socket.terminate();
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}

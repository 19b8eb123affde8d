// SPDX-License-Identifier: MIT
// Hundreds of viewers that do not decode: bench/receivers, and the signalling for it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { kTimeLimit } from './browser.mjs';

export const kReceivers = process.env.RECEIVERS ??
  fileURLToPath(new URL('../../build/release/bench/receivers', import.meta.url));

/// One process with many receivers. Its output lines go to the pending next() calls.
export class Receivers {
  #child;
  #waiting = new Set(); // {matches, resolve}
  #sockets = new Map(); // id -> WebSocket of a receiver that joined by WebSocket
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

  /// Resolves with the next output line that matches.
  next(matches, what) {
    return new Promise((resolve, reject) => {
      const one = { matches, resolve: (said) => { clearTimeout(timer); resolve(said); } };
      const timer = setTimeout(() => {
        this.#waiting.delete(one);
        reject(new Error(`the receivers did not send ${what}`));
      }, 3 * kTimeLimit);
      timer.unref(); // the first picture of a killed receiver may never arrive
      this.#waiting.add(one);
    });
  }

  /// Creates a receiver: {id, sdp, pictured}. `sdp` is its offer, or its answer to `offer`. `pictured` resolves with
  /// its first complete picture.
  async make(offer = null) {
    const id = ++this.#last;
    const described = this.next((said) => said.id === id && said.is === 'description', 'its description');
    const pictured = this.next((said) => said.id === id && said.is === 'picture', `a picture for ${id}`);
    pictured.catch(() => {});
    this.say(offer === null ? { do: 'offer', id } : { do: 'answer', id, sdp: offer });
    return { id, sdp: (await described).sdp, pictured };
  }

  /// Joins a server by WebSocket, and resolves with the first complete picture: {id, answerMs, pictureMs}. Rejects with
  /// the refusal of the server as {code, close}.
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

  /// Resolves when the server has closed the WebSocket of this receiver: {code, close}.
  closed(id) {
    const socket = this.#sockets.get(id);
    return new Promise((resolve) => {
      let code = null;
      socket.on('message', (data) => { code = JSON.parse(data).code ?? code; });
      socket.on('close', (close) => resolve({ code, close }));
    });
  }

  /// Sends an offer and nothing else; resolves when the server closes the WebSocket: {code, close}.
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

  /// Kills the process, and so all receivers at once without a close.
  async die() {
    this.#child.kill('SIGKILL');
    for (const socket of this.#sockets.values()) socket.terminate();
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  /// Stops the process (SIGSTOP), or continues it.
  freeze(frozen) {
    this.#child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /// Breaks the signalling connection and keeps the media connection.
  breakSignalling(id) {
    this.#sockets.get(id).terminate();
    this.#sockets.delete(id);
  }

  /// The counters of all receivers: {cpu_s, receivers: [{id, packets, …}]}.
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

// SPDX-License-Identifier: MIT

const kKeepAlive = 25_000; // ms; Janus closes a silent session after 60 s

/// A client of Janus' WebSocket API for its stream 1: one session with one handle. Runs in a browser, and in node with
/// another `Socket` class.
export class Conversation {
  #socket;
  #base = {};
  #keepAlive;
  #last = 0;
  #waiting = new Set(); // {matches, resolve}

  constructor(url, Socket = WebSocket) {
    this.#socket = new Socket(url, 'janus-protocol');
    this.#socket.addEventListener('message', ({ data }) => {
      const said = JSON.parse(data);
      for (const one of [...this.#waiting])
        if (one.matches(said)) {
          this.#waiting.delete(one);
          one.resolve(said);
        }
    });
    this.#socket.addEventListener('error', () => {}); // pending requests are rejected on close
    this.#socket.addEventListener('close', () => clearInterval(this.#keepAlive));
  }

  #send(request, transaction) {
    this.#socket.send(JSON.stringify({ ...this.#base, ...request, transaction }));
  }

  /// Sends a request and waits for its reply, ignoring an "ack".
  #ask(request) {
    const transaction = `t${++this.#last}`;
    return new Promise((resolve, reject) => {
      this.#socket.addEventListener('close',
        () => reject(new Error(`Janus closed the WebSocket during "${request.janus}"`)), { once: true });
      this.#waiting.add({
        matches: (said) => said.transaction === transaction && said.janus !== 'ack',
        resolve: (said) => {
          const error = said.error ?? (said.plugindata?.data.error && { reason: said.plugindata.data.error });
          if (error) reject(new Error(`Janus: ${error.reason}`));
          else resolve(said);
        },
      });
      this.#send(request, transaction);
    });
  }

  async begin() {
    await new Promise((resolve, reject) => {
      this.#socket.addEventListener('open', resolve, { once: true });
      this.#socket.addEventListener('close', () => reject(new Error('Janus refuses the WebSocket')), { once: true });
    });
    this.#base.session_id = (await this.#ask({ janus: 'create' })).data.id;
    this.#base.handle_id = (await this.#ask({ janus: 'attach', plugin: 'janus.plugin.streaming' })).data.id;
    const { session_id } = this.#base;
    this.#keepAlive = setInterval(
      () => this.#socket.send(JSON.stringify({ janus: 'keepalive', session_id, transaction: 'k' })), kKeepAlive);
    this.#keepAlive.unref?.(); // only in node
  }

  /// Resolves with Janus' offer, including its candidates.
  async watch() {
    return (await this.#ask({ janus: 'message', body: { request: 'watch', id: 1 } })).jsep.sdp;
  }

  async start(sdp) {
    await this.#ask({ janus: 'message', body: { request: 'start' }, jsep: { type: 'answer', sdp } });
  }

  /// Sends a local candidate, or null after the last one.
  trickle(candidate) {
    this.#send({ janus: 'trickle', candidate: candidate ?? { completed: true } }, 'c');
  }

  end() {
    clearInterval(this.#keepAlive);
    this.#socket.close();
  }
}

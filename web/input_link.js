// SPDX-License-Identifier: MIT

const kMaxMessage = 16_384; // bytes of JSON that the server accepts from the application

/// Connects the current session with what handles input and control, which is loaded after the first picture and only
/// if the scene wants input or someone may control it. `load(link)` returns a promise of an Interaction.
export class InputLink {
  onmessage = null; // called with the data of each message of the application

  #load;
  #session = null; // the session whose socket is open, or opens
  #interaction = null;
  #loading = false;
  #isReady = false; // the first picture was shown
  #resumeKey = null;

  constructor(load) {
    this.#load = load;
  }

  /// The session from now on; null: none.
  use(session) {
    if (session === this.#session) return;
    this.#interaction?.leave();
    if (session) session.resumeKey = this.#resumeKey;
    this.#session = session;
    this.#interaction?.use(session);
  }

  /// A message of a session: scene, control, applied, pointers or message.
  hear(message, session) {
    if (session !== this.#session) return;
    if (message.type === 'control' && typeof message.key === 'string') this.#resumeKey = message.key;
    if (message.type === 'message') this.onmessage?.(message.data);
    else this.#interaction?.hear(message);
    this.#loadIfNeeded();
  }

  /// The first picture is shown.
  ready() {
    this.#isReady = true;
    this.#loadIfNeeded();
  }

  /// A picture was presented: the metadata of requestVideoFrameCallback.
  pictured(metadata, session) {
    if (session === this.#session) this.#interaction?.latency.present(metadata);
  }

  /// Sends input events or a message of the type `control`; returns whether it was sent.
  send(message) {
    return this.#session?.interact(message) ?? false;
  }

  /// Sends data to the application; returns whether it was sent. Throws if it is no JSON, or too much.
  sendData(data) {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('The data cannot be written as JSON.');
    if (new TextEncoder().encode(text).length > kMaxMessage)
      throw new RangeError(`The data is longer than ${kMaxMessage} bytes of JSON.`);
    return this.send({ type: 'message', data });
  }

  /// Bytes that wait in the socket.
  get buffered() {
    return this.#session?.buffered ?? 0;
  }

  get session() {
    return this.#session;
  }

  /// The summary of InputLatency, or null.
  get latency() {
    return this.#interaction?.latency.summary() ?? null;
  }

  /// The latest `control` message of the server without its key, or null.
  get control() {
    if (!this.#session?.control) return null;
    const { type, key, ...control } = this.#session.control;
    return control;
  }

  async #loadIfNeeded() {
    const { scene, control } = this.#session ?? {};
    const isNeeded = scene?.input?.length > 0 || ['one', 'all'].includes(control?.mode);
    if (!isNeeded || !this.#isReady || this.#interaction || this.#loading || !this.#load) return;
    this.#loading = true;
    try {
      this.#interaction = await this.#load(this);
      this.#interaction.use(this.#session);
    } catch {
      // The server cannot be reached: the next message tries again.
    } finally {
      this.#loading = false;
    }
  }
}

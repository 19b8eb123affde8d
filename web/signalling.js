// SPDX-License-Identifier: MIT

const kInteraction = ['scene', 'control', 'applied', 'pointers', 'message'];

/// The WebSocket to the server. The callbacks of `on` are open(), answer(sdp, mediaClock),
/// candidate({candidate, sdpMLineIndex}), time({id, wallMs, steadyMs}), network({slow, kbps, picture}),
/// notice(text), interaction(message) for input and control, refusal({code, message}) and close(code). None of them is
/// called after close().
export class Signalling {
  #socket;

  /// `protocols`: see TokenKeeper.
  constructor(url, protocols, on) {
    this.#socket = new WebSocket(url, protocols);
    this.#socket.onopen = () => on.open();
    this.#socket.onclose = ({ code }) => on.close(code);
    this.#socket.onmessage = ({ data }) => {
      const message = parse(data);
      if (message.type === 'answer') on.answer(String(message.sdp), message.mediaClock ?? null);
      if (message.type === 'ice')
        on.candidate({ candidate: String(message.candidate), sdpMLineIndex: Number(message.sdpMLineIndex) || 0 });
      if (message.type === 'clock') on.time(message);
      if (message.type === 'network') on.network(networkOf(message));
      if (message.type === 'notice') on.notice(String(message.text));
      if (kInteraction.includes(message.type)) on.interaction(message);
      if (message.type === 'error') on.refusal({ code: String(message.code), message: String(message.message) });
    };
  }

  offer(sdp) {
    this.#send({ type: 'offer', sdp });
  }

  /// An empty candidate marks the end of candidates.
  candidate(candidate, sdpMLineIndex) {
    this.#send({ type: 'ice', candidate, sdpMLineIndex });
  }

  /// Asks for the server's clocks. The reply has the same `id`.
  askTime(id) {
    this.#send({ type: 'clock', id });
  }

  /// Requests a time stamp in every picture for as long as the socket is open.
  wantStamp() {
    this.#send({ type: 'stamp', on: true });
  }

  /// Sends input events (input_wire.js) or a message of the type `control` or `message`; returns whether it was sent.
  interact(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    if (message instanceof Uint8Array) this.#socket.send(message);
    else this.#send(message);
    return true;
  }

  /// Bytes that wait to be sent.
  get buffered() {
    return this.#socket.bufferedAmount;
  }

  close() {
    this.#socket.onopen = this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close(1000);
  }

  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/// The URL of a resource relative to the page, because a proxy may serve the page under a path prefix.
export function beside(name, protocol = location.protocol) {
  const url = new URL(name, location.href);
  url.protocol = protocol;
  url.search = url.hash = '';
  return url.href;
}

function networkOf({ slow, kbps, width, height }) {
  return {
    slow: slow === true,
    kbps: Number(kbps) || null,
    picture: width > 0 && height > 0 ? { width: Number(width), height: Number(height) } : null,
  };
}

function parse(data) {
  try {
    return Object(JSON.parse(data));
  } catch {
    return {};
  }
}

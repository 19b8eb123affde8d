// SPDX-License-Identifier: MIT
// Writes input events as binary messages for the server (docs/api.md). Pure.

export const kVersion = 1;
export const kMaxBytes = 16_384; // of a message
export const kMaxEvents = 512; // of a message
const kHeaderBytes = 16;
const kMaxFields = 255; // bytes of one event
const kMaxText = 255; // bytes of UTF-8 in one text event
const kFull = 65_535; // the far edge of the picture; full pressure

export const kActions = { move: 0, down: 1, up: 2, cancel: 3, leave: 4 };
export const kDevices = { mouse: 0, pen: 1, touch: 2 };
export const kNoButton = 255;
const kKeyActions = { down: 1, up: 2 };

const utf8 = new TextEncoder();

/// The kinds of events: their number, and a function that writes the fields of an event.
const kKinds = {
  pointer: [1, (out, { action, device, id, button = kNoButton, buttons, x, y, pressure = 0, modifiers }) => {
    for (const byte of [kActions[action], kDevices[device], id, button]) out.u8(byte);
    out.u16(buttons);
    for (const share of [x, y, pressure]) out.share(share);
    out.u8(modifiers);
  }],
  motion: [2, (out, { dx, dy, buttons, modifiers }) => {
    out.f32(dx);
    out.f32(dy);
    out.u16(buttons);
    out.u8(modifiers);
  }],
  wheel: [3, (out, { dx, dy, x, y, modifiers }) => {
    out.f32(dx);
    out.f32(dy);
    out.share(x);
    out.share(y);
    out.u8(modifiers);
  }],
  pinch: [4, (out, { factor, x, y }) => {
    out.f32(factor);
    out.share(x);
    out.share(y);
  }],
  key: [5, (out, { action, code, repeat = false, modifiers }) => {
    out.u8(kKeyActions[action]);
    out.u8(repeat ? 1 : 0);
    out.u8(modifiers);
    out.bytes(utf8.encode(code));
  }],
  text: [6, (out, { text }) => out.bytes(utf8.encode(text))],
  gamepad: [7, (out, { index, isConnected, axes, buttons }) => {
    for (const byte of [index, isConnected ? 1 : 0, axes.length, buttons.length]) out.u8(byte);
    for (const axis of axes) out.i16(axis);
    for (const button of buttons) out.u8(button);
  }],
  viewport: [8, (out, { width, height, pixelRatio, isVisible }) => {
    out.u16(width);
    out.u16(height);
    out.f32(pixelRatio);
    out.u8(isVisible ? 1 : 0);
  }],
  releaseAll: [9, () => {}],
  held: [10, (out, { buttons, ids, codes }) => {
    out.u16(buttons);
    out.u8(ids.length);
    for (const id of ids) out.u8(id);
    for (const code of codes) {
      const bytes = utf8.encode(code);
      if (out.size + 1 + bytes.length > kMaxFields) break;
      out.u8(bytes.length);
      out.bytes(bytes);
    }
  }],
};

/// Splits text into parts of at most `limit` bytes of UTF-8, between characters.
export function splitText(text, limit = kMaxText) {
  const parts = [];
  let part = '';
  let size = 0;
  for (const character of text) {
    const bytes = utf8.encode(character).length;
    if (size + bytes > limit) {
      parts.push(part);
      part = '';
      size = 0;
    }
    part += character;
    size += bytes;
  }
  return part ? [...parts, part] : parts;
}

/// Writes the batches of one connection, numbered from 1. Events are objects {kind, at, ...fields}. `at` is the time of
/// the event on the clock of performance.now(); x, y and pressure are shares, 0 to 1.
export class BatchWriter {
  #batch = 0;

  /// Returns the messages, [{batch, time, bytes}]: more than one only if the limits of a message require it. `time` is
  /// that of the oldest event.
  write(events) {
    const messages = [];
    let parts = [];
    let size = kHeaderBytes;
    const close = () => {
      if (parts.length > 0) messages.push(this.#message(parts, size));
      parts = [];
      size = kHeaderBytes;
    };
    for (const event of events) {
      const bytes = encode(event);
      if (parts.length === kMaxEvents || size + bytes.length > kMaxBytes) close();
      parts.push({ at: event.at, bytes });
      size += bytes.length;
    }
    close();
    return messages;
  }

  #message(parts, size) {
    this.#batch = (this.#batch + 1) >>> 0;
    const time = Math.min(...parts.map(({ at }) => at));
    const bytes = new Uint8Array(size);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, kVersion);
    view.setUint16(2, parts.length, true);
    view.setUint32(4, this.#batch, true);
    view.setFloat64(8, time, true);
    let place = kHeaderBytes;
    for (const part of parts) {
      bytes.set(part.bytes, place);
      place += part.bytes.length;
    }
    return { batch: this.#batch, time, bytes };
  }
}

/// An event as bytes: kind, size, fields.
function encode(event) {
  const [number, write] = kKinds[event.kind];
  const out = new Fields();
  write(out, event);
  return out.finish(number);
}

/// The fields of one event, little-endian.
class Fields {
  size = 0;

  #bytes = new Uint8Array(2 + kMaxFields);
  #view = new DataView(this.#bytes.buffer, 2);

  u8(value) {
    this.#view.setUint8(this.#take(1), value);
  }

  u16(value) {
    this.#view.setUint16(this.#take(2), Math.min(kFull, Math.max(0, Math.round(value))), true);
  }

  i16(value) {
    this.#view.setInt16(this.#take(2), value, true);
  }

  f32(value) {
    this.#view.setFloat32(this.#take(4), value, true);
  }

  /// A share, 0 to 1, as u16.
  share(value) {
    this.u16(kFull * value);
  }

  bytes(bytes) {
    this.#bytes.set(bytes, 2 + this.#take(bytes.length));
  }

  finish(kind) {
    this.#bytes[0] = kind;
    this.#bytes[1] = this.size;
    return this.#bytes.subarray(0, 2 + this.size);
  }

  #take(count) {
    const place = this.size;
    this.size += count;
    return place;
  }
}

// SPDX-License-Identifier: MIT
import { isModifier, modifierOf } from './keys.js';

/// What the user holds down: buttons of the mouse, pens and touches, keys. Pure.
export class Held {
  #buttons = 0; // of the mouse
  #ids = new Set(); // of pens and touches that are down
  #codes = new Set(); // of keys

  /// Follows an event that is sent.
  note(event) {
    if (event.kind === 'releaseAll') this.clear();
    if (event.kind === 'key') {
      if (event.action === 'down') this.#codes.add(event.code);
      else this.#codes.delete(event.code);
    }
    if (event.kind !== 'pointer') return;
    if (event.device === 'mouse') this.#buttons = event.buttons;
    else if (event.action === 'down') this.#ids.add(event.id);
    else if (event.action === 'cancel' || event.buttons === 0) this.#ids.delete(event.id);
  }

  get isEmpty() {
    return this.#buttons === 0 && this.#ids.size === 0 && this.#codes.size === 0;
  }

  hasKey(code) {
    return this.#codes.has(code);
  }

  get buttons() {
    return this.#buttons;
  }

  /// The keys that must be up. `modifiers`: the state that the browser reports with an event, which also covers keys
  /// that were released in another window. `metaUp`: macOS reports no key that is released while Meta is down.
  stale(modifiers, metaUp = false) {
    return [...this.#codes].filter((code) => (isModifier(code) ? !(modifiers & modifierOf(code)) : metaUp));
  }

  /// The event of the heartbeat.
  heartbeat(at) {
    return { kind: 'held', at, buttons: this.#buttons, ids: [...this.#ids], codes: [...this.#codes] };
  }

  clear() {
    this.#buttons = 0;
    this.#ids.clear();
    this.#codes.clear();
  }
}

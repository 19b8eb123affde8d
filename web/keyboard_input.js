// SPDX-License-Identifier: MIT
import { splitText } from './input_wire.js';
import { isCode, isMeta, modifiersOf, staysHere, writesText } from './keys.js';
import { TextField } from './text_field.js';

/// Keys and text. `add(events)` sends events at once, `held` is what is down: see held.js.
export class KeyboardInput {
  #element;
  #add;
  #held;
  #wantsKeys = false;
  #field = null; // while text is wanted

  constructor(element, add, held) {
    this.#element = element;
    this.#add = add;
    this.#held = held;
  }

  want({ keys, text }) {
    this.#wantsKeys = keys;
    if (text && !this.#field) {
      this.#field = new TextField(this.#element, {
        text: (written) => this.#write(written),
        key: (code) => this.#tap(code),
      });
      // On a phone this would show its keyboard.
      if (matchMedia('(pointer: fine)').matches && document.activeElement === document.body) this.focus();
    } else if (!text) {
      this.#field?.remove();
      this.#field = null;
    }
  }

  get hasFocus() {
    return this.#field?.isFocused ?? false;
  }

  owns(target) {
    return this.#field !== null && target === this.#field.element;
  }

  /// Text from now on goes to the scene.
  focus() {
    this.#field?.focus();
  }

  blur() {
    this.#field?.blur();
  }

  /// A keydown or keyup. `isLocked`: see staysHere().
  press(event, isLocked) {
    const stays = staysHere(event, isLocked);
    const { type, code, timeStamp: at } = event;
    if (!this.#wantsKeys || (stays && type === 'keydown')) return;
    if (!stays && !(this.hasFocus && writesText(event))) event.preventDefault();
    const modifiers = modifiersOf(event);
    const up = (released) => ({ kind: 'key', at, action: 'up', code: released, modifiers });
    const released = this.#held.stale(modifiers, type === 'keyup' && isMeta(code));
    const isHeld = this.#held.hasKey(code);
    if (type === 'keyup' && isHeld && !released.includes(code)) released.push(code);
    const events = released.map(up);
    // A repeated key that is not held was released by releaseAll().
    if (type === 'keydown' && isCode(code) && !event.isComposing && (isHeld || !event.repeat))
      events.push({ kind: 'key', at, action: 'down', code, repeat: isHeld, modifiers });
    this.#add(events);
  }

  #write(text) {
    const at = performance.now();
    this.#add(splitText(text).map((part) => ({ kind: 'text', at, text: part })));
  }

  /// A key of a phone keyboard.
  #tap(code) {
    if (!this.#wantsKeys) return;
    const at = performance.now();
    this.#add(['down', 'up'].map((action) => ({ kind: 'key', at, action, code, repeat: false, modifiers: 0 })));
  }
}

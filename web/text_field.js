// SPDX-License-Identifier: MIT
import { isCode } from './keys.js';

// Phone keyboards report the delete key only if there is something to delete.
const kFiller = '\u200b';

const kCodes = { deleteContentBackward: 'Backspace', insertLineBreak: 'Enter', insertParagraph: 'Enter' };

/// An invisible text field that receives committed text: from input methods, phone keyboards, dead keys and the
/// clipboard. `on` has text(string), and key(code) for keys of phone keyboards, which have no code.
export class TextField {
  element = document.createElement('textarea');

  #on;
  #hadCode = false; // the latest key press had a code, so it is sent as a key

  constructor(parent, on) {
    this.#on = on;
    const { element } = this;
    const plain = { autocomplete: 'off', autocapitalize: 'off', spellcheck: false };
    Object.assign(element, plain, { ariaLabel: 'Text for the scene' });
    element.setAttribute('autocorrect', 'off');
    // 16px: smaller text makes the iPhone zoom into the page.
    Object.assign(element.style, {
      position: 'fixed', left: '0', bottom: '0', width: '1px', height: '1px', padding: '0', border: '0', opacity: '0',
      fontSize: '16px', resize: 'none', pointerEvents: 'none',
    });
    element.addEventListener('keydown', ({ code }) => {
      this.#hadCode = isCode(code);
    });
    element.addEventListener('beforeinput', (event) => this.#beforeInput(event));
    element.addEventListener('input', ({ isComposing }) => {
      if (!isComposing) this.#commit();
    });
    element.addEventListener('compositionend', () => this.#commit());
    this.#reset();
    parent.append(element);
  }

  get isFocused() {
    return document.activeElement === this.element;
  }

  focus() {
    this.element.focus({ preventScroll: true });
    this.#reset();
  }

  blur() {
    this.element.blur();
  }

  remove() {
    this.element.remove();
  }

  #beforeInput(event) {
    if (event.isComposing) return;
    const code = kCodes[event.inputType];
    if (!code) return;
    event.preventDefault();
    if (!this.#hadCode) this.#on.key(code);
    this.#reset();
  }

  #commit() {
    const text = this.element.value.replaceAll(kFiller, '');
    this.#reset();
    if (text) this.#on.text(text);
  }

  #reset() {
    this.element.value = kFiller;
    this.element.setSelectionRange(kFiller.length, kFiller.length);
  }
}

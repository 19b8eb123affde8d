// SPDX-License-Identifier: MIT

/// The quiet line at the bottom.
export class Status {
  #line;

  constructor(line) {
    this.#line = line;
  }

  say(text) {
    this.#show(text, false);
  }

  fail(text) {
    this.#show(text, true);
  }

  /// Fades; the words stay for the fade's sake and are hidden from screen readers by the next ones only.
  fade() {
    this.#line.classList.remove('shown', 'failed');
  }

  #show(text, failed) {
    // The same words again would be read out again.
    if (this.#line.textContent !== text) this.#line.textContent = text;
    this.#line.classList.add('shown');
    this.#line.classList.toggle('failed', failed);
  }
}

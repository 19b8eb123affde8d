// SPDX-License-Identifier: MIT

/// The status line at the bottom.
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

  /// Fades the line out. The text stays for the fade, and for screen readers until the next text.
  fade() {
    this.#line.classList.remove('shown', 'failed');
  }

  #show(text, failed) {
    // Setting the same text again would make screen readers repeat it.
    if (this.#line.textContent !== text) this.#line.textContent = text;
    this.#line.classList.add('shown');
    this.#line.classList.toggle('failed', failed);
  }
}

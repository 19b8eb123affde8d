// SPDX-License-Identifier: MIT

/// Computes the wait before the next attempt. The maximum doubles from `first` to `cap` milliseconds. Each wait is
/// random between half the maximum and the maximum, so that viewers do not all reconnect at once after a server
/// restart.
export class Backoff {
  #first;
  #cap;
  #random;
  #tries = 0;

  constructor({ first = 500, cap = 8000, random = Math.random } = {}) {
    this.#first = first;
    this.#cap = cap;
    this.#random = random;
  }

  next() {
    const longest = Math.min(this.#cap, this.#first * 2 ** this.#tries);
    if (longest < this.#cap) this.#tries += 1;
    return longest * (0.5 + this.#random() / 2);
  }

  reset() {
    this.#tries = 0;
  }
}

// SPDX-License-Identifier: MIT

/// How long to wait before the next try: doubling from `first` to `cap` milliseconds, each wait a random one from the
/// upper half, so that the viewers of a server that comes back do not all arrive at once.
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

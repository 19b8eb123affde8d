// SPDX-License-Identifier: MIT
import { copyText } from './clipboard.js';
import { onKey } from './gestures.js';
import { Measurements } from './measurements.js';
import { Panel } from './panel.js';
import { loadStyle } from './style_sheet.js';

const kPollMs = 1000;
const kPlotMs = 100;

/// The measurements shown over the picture. While it is closed, no timers run.
export class Overlay {
  #player;
  #measurements;
  #panel;
  #latest = null; // the latest measurements
  #timers = null; // set while it is open
  #polling = false;

  /// Creates the overlay after its style sheet has loaded; rejects if the style sheet cannot be loaded.
  static async create(stage, player, screen) {
    await loadStyle('overlay.css');
    return new Overlay(stage, player, screen);
  }

  constructor(stage, player, screen) {
    this.#player = player;
    this.#measurements = new Measurements(player, screen);
    this.#panel = new Panel(stage, { copy: () => this.#copy(), close: () => this.toggle() });
    onKey('c', () => {
      if (this.#timers) this.#copy();
    });
  }

  toggle() {
    if (this.#timers) {
      this.#timers.forEach(clearInterval);
      this.#timers = null;
    } else {
      this.#timers = [setInterval(() => this.#poll(), kPollMs), setInterval(() => this.#plot(), kPlotMs)];
      this.#poll();
    }
    this.#panel.open = this.#timers !== null;
  }

  async #poll() {
    if (this.#polling || document.hidden) return; // wait for a slow reply
    this.#polling = true;
    try {
      this.#latest = await this.#measurements.take();
      this.#panel.show(this.#latest);
    } finally {
      this.#polling = false;
    }
  }

  #plot() {
    if (document.hidden) return;
    const now = performance.now();
    this.#panel.plot(this.#player.glass?.recent(now) ?? [], now);
  }

  async #copy() {
    if (!this.#latest) return;
    const copied = await copyText(JSON.stringify(this.#latest, null, 2), this.#panel.element);
    this.#panel.say(copied ? 'Copied as JSON.' : 'The browser did not allow copying.');
  }
}

// SPDX-License-Identifier: MIT
import { chipOf, controlOf, holds, isFree, kNoControl, mayControl, maySend } from './control.js';
import { ControlChip } from './control_chip.js';
import { captured } from './gestures.js';
import { Handle } from './handle.js';
import { Input } from './input.js';
import { InputLatency } from './input_latency.js';
import { pictureBox } from './picture_box.js';
import { Pointers, pointersOf } from './pointers.js';
import { loadStyle } from './style_sheet.js';

/// Input, control and other people's pointers of the page. Loaded after the first picture.
export class Interaction {
  latency = new InputLatency();

  #stage;
  #screen;
  #link;
  #input;
  #chip;
  #pointers;
  #handle;
  #control = kNoControl;

  /// `toggleOverlay()` shows the measurements, or hides them.
  static async create(stage, screen, link, toggleOverlay) {
    await loadStyle('interaction.css');
    return new Interaction(stage, screen, link, toggleOverlay);
  }

  constructor(stage, screen, link, toggleOverlay) {
    this.#stage = stage;
    this.#screen = screen;
    this.#link = link;
    this.#input = new Input(stage, (bytes) => link.send(bytes), {
      box: () => this.#box(),
      sent: (message, now) => {
        if (message.isAction) this.latency.sent(message, now);
      },
      buffered: () => link.buffered,
    });
    this.#chip = new ControlChip(stage, (ask) => link.send({ type: 'control', ...ask }));
    this.#pointers = new Pointers(stage, () => this.#box());
    this.#handle = new Handle(stage, [
      { label: 'Keyboard', act: () => this.#input.toggleKeyboard(), isShown: () => this.#scene.input.includes('text') },
      { label: 'Full screen', act: () => screen.toggleFullscreen() },
      { label: 'Measurements', act: toggleOverlay },
    ]);
    stage.addEventListener('pointerdown', ({ target }) => {
      if (target.closest('aside') || !captured.pointer || maySend(this.#control)) return;
      this.#chip.nudge();
    });
  }

  /// The session is about to change.
  leave() {
    this.#input.releaseAll();
  }

  /// The session from now on; null: none.
  use(session) {
    this.#input.enabled = false;
    this.#input.restart();
    this.latency.restart();
    this.#pointers.show([]);
    this.#control = session?.control ? controlOf(session.control) : kNoControl;
    this.#settle();
  }

  /// A message of the server: scene, control, applied or pointers.
  hear(message) {
    const { session } = this.#link;
    if (message.type === 'applied') {
      const now = performance.now();
      this.latency.applied(message, session.mediaClock, session.clock?.at(now)?.offsetMs);
      return;
    }
    if (message.type === 'pointers') {
      this.#pointers.show(pointersOf(message).filter(({ viewer }) => viewer !== this.#control.you));
      return;
    }
    if (message.type === 'control') this.#control = controlOf(message);
    this.#settle();
  }

  /// What the scene wants.
  get #scene() {
    const { input, cursor, lock } = this.#link.session?.scene ?? {};
    return {
      input: Array.isArray(input) ? input.map(String) : [],
      cursor: String(cursor ?? ''),
      lock: lock === true,
    };
  }

  #settle() {
    const scene = this.#scene;
    const sends = maySend(this.#control) && scene.input.length > 0;
    const wants = (kind) => scene.input.includes(kind);
    this.#input.scene = scene;
    // With several viewers, a mouse that passes over the picture does not take free control.
    this.#input.hovers = !isFree(this.#control) || this.#control.alone;
    this.#input.enabled = sends;
    if (!sends) this.latency.restart(); // the server refuses what is under way
    captured.pointer = mayControl(this.#control) && wants('pointer');
    captured.keys = sends && (wants('keys') || wants('text'));
    this.#handle.shown = captured.pointer;
    this.#stage.classList.toggle('in-control', holds(this.#control));
    this.#chip.show(chipOf(this.#control, scene.input.length > 0));
  }

  /// The box of the picture in the window.
  #box() {
    const { video } = this.#screen;
    return pictureBox(video.getBoundingClientRect(), { width: video.videoWidth, height: video.videoHeight });
  }
}

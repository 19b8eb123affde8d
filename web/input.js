// SPDX-License-Identifier: MIT
import { Gamepads, isAtRest } from './gamepads.js';
import { InputSender } from './input_sender.js';
import { KeyboardInput } from './keyboard_input.js';
import { modifiersOf } from './keys.js';
import { Locks } from './locks.js';
import { pictureBox, placeIn } from './picture_box.js';
import { PointerTracker } from './pointer_tracker.js';
import { wheelEvent } from './wheel.js';

const kGamepadMs = 15; // least time between two looks at the gamepads
const kOthers = 'a, button, input, textarea, select, aside, [contenteditable]'; // elements over the picture

const kNothing = Object.freeze({ input: [], cursor: '', lock: false });

/// Sends the input of a person over an element that shows a picture. A module of its own: see docs/page.md.
///
/// `send(bytes)` sends one message and returns whether it was sent. Options: `box()` returns the box of the picture in
/// the window (default: the whole element); `sent({batch, time, isAction}, now)` after each message; `buffered()`
/// returns the bytes that wait in the socket. Set `scene` and `enabled` to start.
export class Input {
  #element;
  #box;
  #scene = kNothing;
  #enabled = false;
  #hovers = true;
  #sender;
  #pointers = new PointerTracker();
  #gamepads = new Gamepads();
  #locks;
  #keyboard;
  #listening = new AbortController();
  #resized = new ResizeObserver(() => this.#addViewport());
  #hasRaw = 'onpointerrawupdate' in window;
  #place = { x: 0.5, y: 0.5, isInside: true }; // the last one of the pointer
  #lookedAt = 0; // at the gamepads
  #scale = 1; // of a pinch of Safari

  constructor(element, send, { box, sent = () => {}, buffered = () => 0 } = {}) {
    this.#element = element;
    this.#box = box ?? (() => pictureBox(element.getBoundingClientRect(), {}));
    this.#sender = new InputSender({ send, sent, buffered, frame: (now) => this.#frame(now) });
    this.#keyboard = new KeyboardInput(element, (events) => this.#add(events, 'now'), this.#sender.held);
    this.#locks = new Locks(element, this.#listening.signal);
    this.#listen();
    this.#resized.observe(element);
  }

  /// What the scene wants: {input, cursor, lock}. `input`: some of 'pointer', 'motion', 'wheel', 'keys', 'text',
  /// 'gamepad' and 'viewport'.
  set scene({ input = [], cursor = '', lock = false }) {
    this.#scene = { input: [...input], cursor, lock };
    this.#settle();
  }

  /// Whether input is sent. Turning it off forgets what is down: the server releases it when control is lost.
  set enabled(enabled) {
    if (enabled === this.#enabled) return;
    if (!enabled) this.#forget();
    this.#enabled = enabled;
    this.#settle();
    this.#addViewport();
  }

  /// Whether events that are no action of the user are sent: moves without a button, gamepads at rest, and the size of
  /// the window.
  set hovers(hovers) {
    if (hovers === this.#hovers) return;
    this.#hovers = hovers;
    this.#gamepads.reset();
    this.#lookAtGamepads();
    this.#addViewport();
  }

  /// Starts with a new connection: batch numbers start again, and nothing is down.
  restart() {
    this.#forget();
    this.#sender.restart();
    this.#addViewport();
  }

  /// Releases all keys and buttons in the scene.
  releaseAll() {
    if (!this.#sender.held.isEmpty || this.#gamepads.isActive)
      this.#add([{ kind: 'releaseAll', at: performance.now() }], 'now');
    this.#forget();
  }

  /// Shows the keyboard of a phone, or hides it. Call it in the handler of a tap.
  toggleKeyboard() {
    if (this.#keyboard.hasFocus) this.#keyboard.blur();
    else this.#keyboard.focus();
  }

  /// Removes all listeners.
  stop() {
    this.releaseAll();
    this.enabled = false;
    this.#listening.abort();
    this.#resized.disconnect();
    this.#sender.stop();
  }

  #wants(kind) {
    return this.#enabled && this.#scene.input.includes(kind);
  }

  #listen() {
    const { signal } = this.#listening;
    const on = (target, types, act, options = {}) => {
      for (const type of types) target.addEventListener(type, act, { signal, ...options });
    };
    const pointerTypes = ['pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'pointerleave'];
    if (this.#hasRaw) pointerTypes.push('pointerrawupdate');
    on(this.#element, pointerTypes, (event) => this.#point(event));
    on(this.#element, ['mousedown'], (event) => {
      if (this.#keyboard.hasFocus && !isOver(event)) event.preventDefault(); // it keeps the focus
    });
    on(this.#element, ['contextmenu', 'dragstart'], (event) => {
      if (this.#wants('pointer') && !isOver(event)) event.preventDefault();
    });
    on(this.#element, ['wheel'], (event) => this.#turn(event), { passive: false });
    on(this.#element, ['gesturestart', 'gesturechange'], (event) => this.#pinch(event), { passive: false });
    on(document, ['keydown', 'keyup'], (event) => {
      if (this.#enabled && (this.#keyboard.owns(event.target) || !isOver(event)))
        this.#keyboard.press(event, this.#locks.hasKeyboard);
    });
    on(window, ['gamepadconnected'], () => this.#lookAtGamepads());
    on(window, ['blur', 'pagehide'], () => this.releaseAll());
    on(document, ['visibilitychange'], () => {
      if (document.hidden) this.releaseAll();
      this.#addViewport();
    });
  }

  /// Applies what the scene wants.
  #settle() {
    const { style } = this.#element;
    style.touchAction = this.#wants('pointer') ? 'none' : '';
    const cursor = /^[a-z-]{1,32}$/.test(this.#scene.cursor) ? this.#scene.cursor : 'default';
    style.cursor = this.#wants('pointer') ? cursor : '';
    this.#locks.wantsPointer = this.#enabled && this.#scene.lock;
    if (!this.#locks.wantsPointer) this.#locks.unlockPointer();
    this.#locks.wantsKeyboard = this.#wants('keys');
    this.#keyboard.want({ keys: this.#wants('keys'), text: this.#wants('text') });
    this.#lookAtGamepads();
  }

  #point(event) {
    if (!this.#enabled || (isOver(event) && this.#pointers.mouseButtons === 0)) return;
    const { type, pointerType, pointerId } = event;
    const isMove = type === 'pointermove' || type === 'pointerrawupdate';
    if (this.#locks.hasPointer && isMove && event.button < 0) {
      // The raw events of a locked pointer have no distance in some browsers.
      if (type === 'pointermove') this.#move(event);
      return;
    }
    const wasRaw = type === 'pointermove' && event.button < 0 && this.#hasRaw && event.isTrusted;
    if (!this.#wants('pointer') || wasRaw) return;
    if (!this.#locks.hasPointer) this.#place = placeIn(this.#box(), event.clientX, event.clientY);
    const place = this.#place;
    if (type === 'pointerdown' && place.isInside) {
      if (event.isTrusted) this.#element.setPointerCapture(pointerId);
      if (pointerType === 'mouse') {
        this.#keyboard.focus();
        this.#locks.lockPointer();
      }
    }
    const events = this.#pointers.hear(event, place, modifiersOf(event), event.timeStamp);
    this.#add(events, !isMove || event.button >= 0 ? 'now' : pointerType !== 'touch' && 'early');
  }

  /// A move of the locked pointer.
  #move(event) {
    const { movementX, movementY, timeStamp: at } = event;
    if (!this.#wants('motion') || (movementX === 0 && movementY === 0)) return;
    const { width, height } = this.#box();
    const [dx, dy] = [movementX / (width || 1), movementY / (height || 1)];
    this.#add([{ kind: 'motion', at, dx, dy, buttons: this.#pointers.mouseButtons, modifiers: modifiersOf(event) }]);
  }

  #turn(event) {
    const place = placeIn(this.#box(), event.clientX, event.clientY);
    if (!this.#wants('wheel') || isOver(event) || !place.isInside) return;
    event.preventDefault();
    const isCtrlDown = this.#sender.held.hasKey('ControlLeft') || this.#sender.held.hasKey('ControlRight');
    this.#add([wheelEvent(event, place, modifiersOf(event), event.timeStamp, isCtrlDown)], 'early');
  }

  /// Safari reports a touchpad's pinch by events of its own.
  #pinch(event) {
    if (!this.#wants('wheel') || this.#pointers.touches > 0) return;
    event.preventDefault();
    const before = event.type === 'gesturestart' ? event.scale : this.#scale;
    this.#scale = event.scale;
    if (event.type === 'gesturestart' || !(before > 0)) return;
    const { x, y } = placeIn(this.#box(), event.clientX, event.clientY);
    this.#add([{ kind: 'pinch', at: event.timeStamp, factor: event.scale / before, x, y }]);
  }

  #addViewport() {
    if (!this.#wants('viewport')) return;
    const { width, height } = this.#box();
    const isVisible = !document.hidden;
    this.#add([{ kind: 'viewport', at: performance.now(), width, height, pixelRatio: devicePixelRatio, isVisible }],
      isVisible ? '' : 'now');
  }

  /// `when`: see InputSender.
  #add(events, when) {
    this.#sender.add(this.#hovers ? events : events.filter((event) => !isPassive(event)), when);
  }

  #lookAtGamepads() {
    if (this.#wants('gamepad')) this.#sender.schedule();
  }

  /// Called in each animation frame that was requested; returns whether it wants the next one.
  #frame(now) {
    if (!this.#wants('gamepad')) return false;
    const pads = [...(navigator.getGamepads?.() ?? [])];
    if (document.hasFocus() && now - this.#lookedAt >= kGamepadMs) {
      this.#lookedAt = now;
      this.#add(this.#gamepads.changes(pads, now));
    }
    return pads.some((pad) => pad);
  }

  #forget() {
    this.#sender.forget();
    this.#pointers.reset();
    this.#gamepads.reset();
  }
}

/// Whether the event belongs to an element over the picture.
function isOver({ target }) {
  return target instanceof Element && target.closest(kOthers) !== null;
}

function isPassive({ kind, action, buttons, ...event }) {
  if (kind === 'gamepad') return isAtRest({ buttons, ...event });
  return kind === 'viewport' || (kind === 'pointer' && buttons === 0 && (action === 'move' || action === 'leave'));
}

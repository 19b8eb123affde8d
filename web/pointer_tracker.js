// SPDX-License-Identifier: MIT
import { kNoButton } from './input_wire.js';

const kButtons = 5;

/// The buttons of a pointer event as on the wire: bit n is button n, while browsers swap middle and right.
export function wireButtons(buttons) {
  return (buttons & 0b11001) | (buttons & 2 ? 4 : 0) | (buttons & 4 ? 2 : 0);
}

/// Turns pointer events of a browser into events of the wire. Gives pens and touches small numbers. A press counts only
/// if it begins in the picture; a drag stays with it outside. Browsers report further buttons as moves; a button that
/// was pressed elsewhere, or before reset(), is ignored until it is up. Pure.
export class PointerTracker {
  #known = new Map(); // pointerId -> {device, id, buttons, isOver, ...}

  /// `event`: {type, pointerId, pointerType, button, buttons, pressure}; `place`: {x, y, isInside}. Returns the events,
  /// [{kind: 'pointer', ...}].
  hear(event, place, modifiers, at) {
    const pointer = this.#find(event);
    const common = { kind: 'pointer', at, device: pointer.device, id: pointer.id, x: place.x, y: place.y, modifiers,
      pressure: event.pressure ?? 0 };
    if (event.type === 'pointercancel' || event.type === 'pointerleave') return this.#end(event, pointer, common);

    const now = event.type === 'pointerup' && pointer.device === 'touch' ? 0 : wireButtons(event.buttons);
    const presses = event.type === 'pointerdown' || (event.type === 'pointermove' && event.button >= 0);
    const events = [];
    for (let button = 0; button < kButtons; button += 1) {
      const bit = 1 << button;
      const wasDown = (pointer.buttons & bit) !== 0;
      const isDown = (now & bit) !== 0;
      const isNew = isDown && !wasDown && presses && (place.isInside || pointer.buttons !== 0);
      if (!isNew && !(wasDown && !isDown)) continue;
      pointer.buttons ^= bit;
      events.push({ ...common, action: isNew ? 'down' : 'up', button, buttons: pointer.buttons });
    }
    if (events.length === 0 && ['pointermove', 'pointerrawupdate'].includes(event.type))
      events.push(...this.#move(pointer, place, common));
    else if (place.isInside) pointer.isOver = true;
    const isGone = pointer.device === 'touch' && (now === 0 || pointer.buttons === 0);
    if (isGone && event.type !== 'pointermove') this.#known.delete(event.pointerId);
    return events;
  }

  /// The buttons of the mouse that are down in the scene.
  get mouseButtons() {
    return [...this.#known.values()].find(({ device }) => device === 'mouse')?.buttons ?? 0;
  }

  get touches() {
    return [...this.#known.values()].filter(({ device }) => device === 'touch').length;
  }

  /// Forgets what is down: the scene has released it.
  reset() {
    this.#known.clear();
  }

  #move(pointer, place, common) {
    if (place.isInside || pointer.buttons !== 0) {
      if (pointer.device === 'touch' && pointer.buttons === 0) return [];
      pointer.isOver = true;
      return [{ ...common, action: 'move', button: kNoButton, buttons: pointer.buttons }];
    }
    return this.#leave(pointer, common);
  }

  #leave(pointer, common) {
    if (!pointer.isOver) return [];
    pointer.isOver = false;
    return [{ ...common, action: 'leave', button: kNoButton, buttons: 0 }];
  }

  #end({ type, pointerId }, pointer, common) {
    const wasDown = pointer.buttons !== 0;
    if (type === 'pointerleave' && wasDown) return []; // the captured pointer comes back
    this.#known.delete(pointerId);
    if (wasDown) return [{ ...common, action: 'cancel', button: kNoButton, buttons: 0 }];
    return pointer.device === 'touch' ? [] : this.#leave(pointer, common);
  }

  #find({ pointerId, pointerType }) {
    let pointer = this.#known.get(pointerId);
    if (!pointer) {
      const device = ['pen', 'touch'].includes(pointerType) ? pointerType : 'mouse';
      pointer = { device, id: device === 'mouse' ? 0 : this.#freeId(), buttons: 0, isOver: false };
      this.#known.set(pointerId, pointer);
    }
    return pointer;
  }

  #freeId() {
    const taken = [...this.#known.values()].map(({ id }) => id);
    let id = 1;
    while (taken.includes(id)) id += 1;
    return id;
  }
}

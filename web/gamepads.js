// SPDX-License-Identifier: MIT

const kMost = 4;
const kMaxAxes = 8;
const kMaxButtons = 32;
const kNoise = 128; // steps of 32,767 that a resting stick moves

/// Compares the gamepads with their last known state. Pure.
export class Gamepads {
  #last = new Map(); // index -> {axes, buttons}

  /// `pads`: the result of navigator.getGamepads(). Returns the events of the gamepads that changed.
  changes(pads, at) {
    const events = [];
    for (let index = 0; index < kMost; index += 1) {
      const pad = pads[index];
      const last = this.#last.get(index);
      if (!pad?.connected) {
        if (last) events.push({ kind: 'gamepad', at, index, isConnected: false, axes: [], buttons: [] });
        this.#last.delete(index);
        continue;
      }
      const state = stateOf(pad);
      if (last && !differs(last, state)) continue;
      this.#last.set(index, state);
      events.push({ kind: 'gamepad', at, index, isConnected: true, ...state });
    }
    return events;
  }

  /// Whether a button is down or a stick is off its centre.
  get isActive() {
    return [...this.#last.values()].some((pad) => !isAtRest(pad));
  }

  /// Forgets the known state, so that the next comparison reports all gamepads.
  reset() {
    this.#last.clear();
  }
}

/// Whether no button is down and all sticks are about at their centres.
export function isAtRest({ axes, buttons }) {
  return axes.every((axis) => Math.abs(axis) <= 10 * kNoise) && buttons.every((button) => button === 0);
}

function stateOf({ axes, buttons }) {
  return {
    axes: [...axes].slice(0, kMaxAxes).map((axis) => Math.round(32_767 * Math.min(1, Math.max(-1, axis)))),
    buttons: [...buttons].slice(0, kMaxButtons).map(({ value }) => Math.round(255 * Math.min(1, Math.max(0, value)))),
  };
}

function differs(a, b) {
  if (a.axes.length !== b.axes.length || a.buttons.length !== b.buttons.length) return true;
  // A stick that comes to rest at its centre or its end is reported however small the step is.
  const moved = (value, i) => Math.abs(value - a.axes[i]) > kNoise ||
    (value !== a.axes[i] && [0, 32_767, -32_767].includes(value));
  return b.axes.some(moved) || b.buttons.some((value, i) => value !== a.buttons[i]);
}

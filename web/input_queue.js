// SPDX-License-Identifier: MIT

/// Input events that wait for the next batch. An absolute move replaces the waiting move of the same pointer; motions
/// and wheel turns add up, pinches multiply; buttons, keys and text all stay. A replaced event keeps its place and its
/// time, so that the delay is measured from the oldest event. Bounded: one entry for each pointer, wheel, gamepad and
/// window, plus the events that stay, which are sent at once. Pure.
export class InputQueue {
  #events = [];

  get isEmpty() {
    return this.#events.length === 0;
  }

  add(event) {
    const merge = kMerges[event.kind];
    const merges = (waiting) => waiting.kind === event.kind && merge.same(waiting, event);
    const place = merge ? this.#events.findLastIndex(merges) : -1;
    // A move does not pass a button of its pointer, a motion does not pass any button.
    if (place < 0 || this.#events.slice(place + 1).some((later) => blocks(later, event))) this.#events.push(event);
    else this.#events[place] = { ...merge.join(this.#events[place], event), at: this.#events[place].at };
  }

  /// Returns the events and empties the queue.
  take() {
    return this.#events.splice(0);
  }

  clear() {
    this.#events.length = 0;
  }
}

const later = (before, now) => now;
const isMove = ({ action }) => action === 'move' || action === 'leave';

const kMerges = {
  pointer: {
    same: (a, b) => isMove(a) && isMove(b) && a.device === b.device && a.id === b.id && a.buttons === b.buttons &&
      a.modifiers === b.modifiers,
    join: later,
  },
  motion: {
    same: (a, b) => a.buttons === b.buttons && a.modifiers === b.modifiers,
    join: (a, b) => ({ ...b, dx: a.dx + b.dx, dy: a.dy + b.dy }),
  },
  wheel: {
    same: (a, b) => a.modifiers === b.modifiers,
    join: (a, b) => ({ ...b, dx: a.dx + b.dx, dy: a.dy + b.dy }),
  },
  pinch: { same: () => true, join: (a, b) => ({ ...b, factor: a.factor * b.factor }) },
  gamepad: { same: (a, b) => a.index === b.index && a.isConnected === b.isConnected, join: later },
  viewport: { same: () => true, join: later },
};

/// Whether `event` must stay behind the waiting event `other`.
function blocks(other, event) {
  if (['key', 'releaseAll', 'held', 'text'].includes(other.kind)) return true;
  if (other.kind !== 'pointer') return other.kind === event.kind;
  if (event.kind !== 'pointer') return !isMove(other);
  return other.device === event.device && other.id === event.id;
}

// SPDX-License-Identifier: MIT

const kMost = 32; // people shown
const kHues = 8;

/// The people of a `pointers` message with valid places, at most kMost: [{viewer, name, x, y}]. Pure.
export function pointersOf(message) {
  const list = Array.isArray(message?.pointers) ? message.pointers : [];
  const isShare = (share) => Number.isFinite(share) && share >= 0 && share <= 1;
  return list.filter((one) => Number.isInteger(one?.viewer) && isShare(one.x) && isShare(one.y)).slice(0, kMost)
    .map(({ viewer, name, x, y }) =>
      ({ viewer, name: typeof name === 'string' && name.trim() ? name : `viewer ${viewer}`, x, y }));
}

/// The pointers of other people over the picture, as dots with a name. Names are text, never HTML.
export class Pointers {
  #layer;
  #box;
  #dots = new Map(); // viewer -> {element, x, y}

  /// `box()`: the box of the picture in the layer's parent.
  constructor(stage, box) {
    this.#layer = document.createElement('div');
    this.#layer.id = 'pointers';
    this.#layer.ariaHidden = 'true';
    this.#box = box;
    stage.append(this.#layer);
    new ResizeObserver(() => this.#place()).observe(stage);
  }

  /// `people`: see pointersOf().
  show(people) {
    const gone = new Set(this.#dots.keys());
    for (const { viewer, name, x, y } of people) {
      gone.delete(viewer);
      const dot = this.#dots.get(viewer) ?? this.#make(viewer);
      if (dot.label.textContent !== name) dot.label.textContent = name;
      Object.assign(dot, { x, y });
    }
    for (const viewer of gone) {
      this.#dots.get(viewer).element.remove();
      this.#dots.delete(viewer);
    }
    this.#place();
  }

  #make(viewer) {
    const element = document.createElement('div');
    const label = document.createElement('span');
    element.className = `pointer hue${viewer % kHues}`;
    element.append(label);
    this.#layer.append(element);
    const dot = { element, label, x: 0, y: 0 };
    this.#dots.set(viewer, dot);
    return dot;
  }

  #place() {
    if (this.#dots.size === 0) return;
    const { left, top, width, height } = this.#box();
    for (const { element, x, y } of this.#dots.values()) {
      element.style.transform = `translate(${left + x * width}px, ${top + y * height}px)`;
      element.classList.toggle('right', x > 0.8); // the name stays in the window
    }
  }
}

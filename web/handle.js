// SPDX-License-Identifier: MIT

/// A small button for touch screens while touches go to the scene: it opens a menu of what gestures do otherwise.
export class Handle {
  element = document.createElement('aside');

  #menu = document.createElement('div');
  #toggle = document.createElement('button');
  #items;

  /// `items`: [{label, act, isShown()}].
  constructor(stage, items) {
    this.#items = items;
    this.element.id = 'handle';
    this.element.hidden = true;
    Object.assign(this.#toggle, { type: 'button', textContent: '⋯', ariaLabel: 'Menu', ariaExpanded: 'false' });
    this.#menu.hidden = true;
    this.element.append(this.#menu, this.#toggle);
    this.#toggle.addEventListener('click', () => this.#open(this.#menu.hidden));
    for (const type of ['click', 'dblclick', 'pointerdown'])
      this.element.addEventListener(type, (event) => event.stopPropagation());
    stage.addEventListener('pointerdown', () => this.#open(false));
    stage.append(this.element);
  }

  set shown(shown) {
    this.element.hidden = !shown;
    if (!shown) this.#open(false);
  }

  #open(open) {
    this.#menu.hidden = !open;
    this.#toggle.ariaExpanded = String(open);
    if (!open) return;
    this.#menu.replaceChildren(...this.#items.filter(({ isShown }) => isShown?.() ?? true).map(({ label, act }) => {
      const item = Object.assign(document.createElement('button'), { type: 'button', textContent: label });
      item.addEventListener('click', () => {
        this.#open(false);
        act();
      });
      return item;
    }));
  }
}

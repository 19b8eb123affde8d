// SPDX-License-Identifier: MIT

/// Locks the mouse pointer to the element, and in full screen the keyboard, as far as the browser can.
export class Locks {
  wantsPointer = false;
  hasKeyboard = false; // the browser gives the page all keys

  #element;
  #wantsKeyboard = false;

  constructor(element, signal) {
    this.#element = element;
    for (const type of ['fullscreenchange', 'webkitfullscreenchange'])
      document.addEventListener(type, () => this.#lockKeyboard(), { signal });
  }

  get hasPointer() {
    return document.pointerLockElement === this.#element;
  }

  /// Call it in the handler of a press, since browsers lock the pointer only then.
  lockPointer() {
    if (!this.wantsPointer || this.hasPointer || !this.#element.requestPointerLock) return;
    // Without acceleration where the system supports it. Older browsers return no promise.
    Promise.resolve(this.#element.requestPointerLock({ unadjustedMovement: true }))
      .catch(() => this.#element.requestPointerLock())
      ?.catch?.(() => {}); // the user has just left the lock: the next press tries again
  }

  unlockPointer() {
    if (this.hasPointer) document.exitPointerLock();
  }

  set wantsKeyboard(wants) {
    if (wants === this.#wantsKeyboard) return;
    this.#wantsKeyboard = wants;
    this.#lockKeyboard();
  }

  async #lockKeyboard() {
    const { keyboard } = navigator;
    if (!keyboard?.lock) return;
    const full = document.fullscreenElement ?? document.webkitFullscreenElement;
    if (this.#wantsKeyboard && full) {
      this.hasKeyboard = await keyboard.lock().then(() => true, () => false);
    } else {
      this.hasKeyboard = false;
      keyboard.unlock();
    }
  }
}

// SPDX-License-Identifier: MIT

const kLongMs = 600;
const kSlop = 12; // pixels a finger may move during a long press

/// What goes to the scene instead of the page: see interaction.js.
export const captured = { pointer: false, keys: false };

/// Calls `act` when the key (a letter) is pressed without modifiers, except in a text field and while keys go to the
/// scene. With Ctrl and Alt it works everywhere.
export function onKey(key, act) {
  const code = `Key${key.toUpperCase()}`;
  document.addEventListener('keydown', (event) => {
    if (event.metaKey || event.repeat) return;
    const isAnywhere = event.ctrlKey && event.altKey && event.code === code;
    const isPlain = event.key === key && !event.ctrlKey && !event.altKey && !captured.keys &&
      !event.target.closest?.('input, textarea, select, [contenteditable]');
    if (!isAnywhere && !isPlain) return;
    if (isAnywhere) event.preventDefault();
    act();
  });
}

/// Calls `act` on a long press of the element, for devices without a keyboard; not while presses go to the scene.
export function onLongPress(element, act) {
  let timer = null;
  let from = null;
  const end = () => {
    clearTimeout(timer);
    timer = null;
  };
  element.addEventListener('pointerdown', (event) => {
    end();
    if (event.pointerType !== 'touch' || !event.isPrimary || captured.pointer) return;
    from = event;
    timer = setTimeout(() => {
      timer = null;
      act();
    }, kLongMs);
  });
  element.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (timer !== null && Math.hypot(clientX - from.clientX, clientY - from.clientY) > kSlop) end();
  });
  for (const type of ['pointerup', 'pointercancel']) element.addEventListener(type, end);
  // On phones a long press opens the context menu, which would cancel the gesture.
  element.addEventListener('contextmenu', (event) => {
    if (event.pointerType === 'touch' || timer !== null) event.preventDefault();
  });
}

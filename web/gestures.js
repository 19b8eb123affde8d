// SPDX-License-Identifier: MIT

const kLongMs = 600;
const kSlop = 12; // pixels a finger may move during a long press

/// Calls `act` when the key is pressed without modifiers, except in a text field.
export function onKey(key, act) {
  document.addEventListener('keydown', (event) => {
    if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
    act();
  });
}

/// Calls `act` on a long press of the element, for devices without a keyboard.
export function onLongPress(element, act) {
  let timer = null;
  let from = null;
  const end = () => {
    clearTimeout(timer);
    timer = null;
  };
  element.addEventListener('pointerdown', (event) => {
    end();
    if (event.pointerType !== 'touch' || !event.isPrimary) return;
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

// SPDX-License-Identifier: MIT
// Which keys go to the scene, and which stay with the browser and the page. Pure.

const kBits = { shift: 1, ctrl: 2, alt: 4, meta: 8, capsLock: 16, numLock: 32 };
const kModifiers = {
  ShiftLeft: kBits.shift,
  ShiftRight: kBits.shift,
  ControlLeft: kBits.ctrl,
  ControlRight: kBits.ctrl,
  AltLeft: kBits.alt,
  AltRight: kBits.alt,
  MetaLeft: kBits.meta,
  MetaRight: kBits.meta,
  OSLeft: kBits.meta, // older Firefox
  OSRight: kBits.meta,
};
const kPageKeys = ['KeyI', 'KeyF', 'KeyC']; // with Ctrl+Alt: measurements, full screen, copy
const kBrowserKeys = ['F5', 'F11', 'F12'];
const kBrowserShortcuts = ['KeyR', 'KeyT', 'KeyN', 'KeyW', 'KeyL', 'KeyQ', 'Tab']; // with Ctrl or Meta
const kCode = /^[A-Za-z0-9]{1,32}$/;

/// The modifiers of a keyboard, pointer or wheel event, as on the wire.
export function modifiersOf(event) {
  const locked = (name) => event.getModifierState?.(name) ?? false;
  return (event.shiftKey ? kBits.shift : 0) | (event.ctrlKey ? kBits.ctrl : 0) | (event.altKey ? kBits.alt : 0) |
    (event.metaKey ? kBits.meta : 0) | (locked('AltGraph') ? kBits.alt : 0) |
    (locked('CapsLock') ? kBits.capsLock : 0) | (locked('NumLock') ? kBits.numLock : 0);
}

export const isModifier = (code) => code in kModifiers;
export const modifierOf = (code) => kModifiers[code] ?? 0;
export const isMeta = (code) => modifierOf(code) === kBits.meta;

/// Whether the key stays with the page or the browser. `isLocked`: the browser gives the page all keys (Keyboard Lock
/// in full screen), and only the keys of the page itself stay.
export function staysHere({ code, ctrlKey, altKey, metaKey, shiftKey }, isLocked = false) {
  if (ctrlKey && altKey && !metaKey && kPageKeys.includes(code)) return true;
  if (isLocked) return false;
  if (kBrowserKeys.includes(code)) return true;
  if ((ctrlKey !== metaKey) && !altKey && kBrowserShortcuts.includes(code)) return true;
  return ctrlKey && shiftKey && ['KeyI', 'KeyJ', 'KeyC'].includes(code); // developer tools
}

/// Whether the wire can carry the key. Phone keyboards report no code.
export const isCode = (code) => kCode.test(code);

/// Whether the key may write text, so that its default action must happen in the text field. AltGr is Ctrl+Alt.
export function writesText({ key, ctrlKey, altKey, metaKey }) {
  if (['Process', 'Unidentified', 'Dead', 'Compose', 'Backspace', 'Enter'].includes(key)) return true;
  if ((ctrlKey !== metaKey) && !altKey) return key.toLowerCase() === 'v'; // paste
  return [...key].length === 1 && !metaKey;
}

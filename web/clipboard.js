// SPDX-License-Identifier: MIT

/// Copies a text from within a key press or tap, and says whether it could. `parent`: an element that is seen.
export async function copyText(text, parent) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that came without TLS have no clipboard, but may copy what is selected.
    return copySelection(text, parent);
  }
}

function copySelection(text, parent) {
  const area = document.createElement('textarea');
  area.className = 'unseen';
  area.readOnly = true; // no keyboard pops up
  area.value = text;
  const focused = document.activeElement;
  parent.append(area);
  area.focus({ preventScroll: true });
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  focused?.focus?.({ preventScroll: true });
  return copied;
}

// SPDX-License-Identifier: MIT

/// Copies text in the handler of a key press or tap. Returns whether it succeeded. `parent`: a visible element.
export async function copyText(text, parent) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages without TLS have no clipboard API, but may copy a selection.
    return copySelection(text, parent);
  }
}

function copySelection(text, parent) {
  const area = document.createElement('textarea');
  area.className = 'unseen';
  area.readOnly = true; // keeps the on-screen keyboard closed
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

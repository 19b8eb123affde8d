// SPDX-License-Identifier: MIT
// Wheel and touchpad. Pure.

const kLine = 40 / 3; // CSS pixels of a line
const kPage = 400;
const kPinchStep = 100; // wheel distance by which a touchpad reports a factor of e

/// The event of the wire for a wheel event. Browsers report a touchpad's pinch as a wheel with the Ctrl key;
/// `isCtrlDown`: that key is really down.
export function wheelEvent({ deltaX, deltaY, deltaMode, ctrlKey }, { x, y }, modifiers, at, isCtrlDown = false) {
  const scale = [1, kLine, kPage][deltaMode] ?? 1;
  if (ctrlKey && !isCtrlDown) return { kind: 'pinch', at, factor: Math.exp((-deltaY * scale) / kPinchStep), x, y };
  return { kind: 'wheel', at, dx: deltaX * scale, dy: deltaY * scale, x, y, modifiers };
}

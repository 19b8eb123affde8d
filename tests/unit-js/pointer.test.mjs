// SPDX-License-Identifier: MIT
// Where a pointer is in the picture, and what it does there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureBox, placeIn } from '../../web/picture_box.js';
import { PointerTracker, wireButtons } from '../../web/pointer_tracker.js';
import { wheelEvent } from '../../web/wheel.js';

const kInside = { x: 0.5, y: 0.5, isInside: true };
const kOutside = { x: 1, y: 0.5, isInside: false };

/// Feeds a tracker and returns [action, device, id, button, buttons] of each event.
function tracker() {
  const made = new PointerTracker();
  const hear = (type, { place = kInside, ...event } = {}) =>
    made.hear({ type, pointerId: 1, pointerType: 'mouse', button: -1, buttons: 0, pressure: 0.5, ...event }, place, 0, 7)
      .map(({ action, device, id, button, buttons }) => [action, device, id, button, buttons]);
  return { made, hear };
}

test('a click is found to the pixel in all windows', () => {
  const picture = { width: 1280, height: 720 };
  for (const [width, height] of [[1280, 720], [1600, 700], [390, 844], [844, 390], [333, 777], [2560, 1440]]) {
    const box = pictureBox({ left: 10, top: 20, width, height }, picture);
    assert.ok(Math.abs(box.width / box.height - 16 / 9) < 1e-9);
    assert.ok(box.left >= 10 && box.top >= 20 && box.width <= width + 1e-9 && box.height <= height + 1e-9);
    for (const [column, row] of [[0, 0], [1279, 719], [640, 360], [3, 700]]) {
      const clicked = [box.left + (column / 1280) * box.width, box.top + (row / 720) * box.height];
      const { x, y, isInside } = placeIn(box, ...clicked);
      assert.ok(Math.abs((Math.round(65535 * x) * 1280) / 65535 - column) < 0.02);
      assert.ok(Math.abs((Math.round(65535 * y) * 720) / 65535 - row) < 0.02);
      assert.ok(isInside || column === 0 || row === 0); // rounding at the edge
    }
  }
});

test('a point beside the picture is clamped to its edge', () => {
  const box = pictureBox({ left: 0, top: 0, width: 1600, height: 720 }, { width: 1280, height: 720 });
  assert.deepEqual(box, { left: 160, top: 0, width: 1280, height: 720 });
  assert.deepEqual(placeIn(box, 100, 360), { x: 0, y: 0.5, isInside: false });
  assert.deepEqual(placeIn(box, 1500, 900), { x: 1, y: 1, isInside: false });
});

test('before the size of the picture is known the whole area counts, and an empty area does no harm', () => {
  assert.deepEqual(pictureBox({ left: 1, top: 2, width: 3, height: 4 }, {}), { left: 1, top: 2, width: 3, height: 4 });
  assert.deepEqual(placeIn({ left: 0, top: 0, width: 0, height: 0 }, 5, 5), { x: 0, y: 0, isInside: true });
});

test('middle and right button change places', () => {
  assert.deepEqual([1, 2, 4, 8, 16, 31].map(wireButtons), [1, 4, 2, 8, 16, 31]);
});

test('the mouse hovers, presses, drags and leaves', () => {
  const { hear } = tracker();
  assert.deepEqual(hear('pointermove'), [['move', 'mouse', 0, 255, 0]]);
  assert.deepEqual(hear('pointerdown', { button: 0, buttons: 1 }), [['down', 'mouse', 0, 0, 1]]);
  assert.deepEqual(hear('pointermove', { buttons: 1, place: kOutside }), [['move', 'mouse', 0, 255, 1]]);
  assert.deepEqual(hear('pointerleave', { buttons: 1, place: kOutside }), []);
  assert.deepEqual(hear('pointerup', { button: 0, place: kOutside }), [['up', 'mouse', 0, 0, 0]]);
  assert.deepEqual(hear('pointermove', { place: kOutside }), [['leave', 'mouse', 0, 255, 0]]);
  assert.deepEqual(hear('pointermove', { place: kOutside }), []);
});

test('browsers report further buttons as moves', () => {
  const { hear } = tracker();
  hear('pointerdown', { button: 0, buttons: 1 });
  assert.deepEqual(hear('pointermove', { button: 2, buttons: 3 }), [['down', 'mouse', 0, 2, 5]]);
  assert.deepEqual(hear('pointermove', { button: 0, buttons: 2 }), [['up', 'mouse', 0, 0, 4]]);
  assert.deepEqual(hear('pointerup', { button: 2, buttons: 0 }), [['up', 'mouse', 0, 2, 0]]);
});

test('a press beside the picture, or before the pointer came, is not sent', () => {
  const { hear } = tracker();
  assert.deepEqual(hear('pointerdown', { button: 0, buttons: 1, place: kOutside }), []);
  assert.deepEqual(hear('pointermove', { buttons: 1 }), [['move', 'mouse', 0, 255, 0]]);
  assert.deepEqual(hear('pointerup', { button: 0 }), []);
});

test('after a release of everything a button counts only when it is pressed again', () => {
  const { made, hear } = tracker();
  hear('pointerdown', { button: 0, buttons: 1 });
  made.reset();
  assert.equal(made.mouseButtons, 0);
  assert.deepEqual(hear('pointermove', { buttons: 1 }), [['move', 'mouse', 0, 255, 0]]);
  assert.deepEqual(hear('pointerup', { button: 0 }), []);
  assert.deepEqual(hear('pointerdown', { button: 0, buttons: 1 }), [['down', 'mouse', 0, 0, 1]]);
});

test('touches have small numbers, which are used again', () => {
  const { made, hear } = tracker();
  const touch = (pointerId, more) => ({ pointerId, pointerType: 'touch', ...more });
  assert.deepEqual(hear('pointerdown', touch(40, { button: 0, buttons: 1 })), [['down', 'touch', 1, 0, 1]]);
  assert.deepEqual(hear('pointerdown', touch(41, { button: 0, buttons: 1 })), [['down', 'touch', 2, 0, 1]]);
  assert.deepEqual(hear('pointermove', touch(41, { buttons: 1 })), [['move', 'touch', 2, 255, 1]]);
  assert.equal(made.touches, 2);
  assert.deepEqual(hear('pointerup', touch(40, { button: 0 })), [['up', 'touch', 1, 0, 0]]);
  assert.deepEqual(hear('pointerleave', touch(40)), []);
  assert.deepEqual(hear('pointerdown', touch(42, { button: 0, buttons: 1 })), [['down', 'touch', 1, 0, 1]]);
  assert.deepEqual(hear('pointercancel', touch(42)), [['cancel', 'touch', 1, 255, 0]]);
  assert.deepEqual(hear('pointercancel', touch(41)), [['cancel', 'touch', 2, 255, 0]]);
  assert.equal(made.touches, 0);
});

test('a pen hovers before it touches', () => {
  const { hear } = tracker();
  const pen = { pointerId: 9, pointerType: 'pen' };
  assert.deepEqual(hear('pointermove', pen), [['move', 'pen', 1, 255, 0]]);
  assert.deepEqual(hear('pointerdown', { ...pen, button: 0, buttons: 1 }), [['down', 'pen', 1, 0, 1]]);
  assert.deepEqual(hear('pointerup', { ...pen, button: 0 }), [['up', 'pen', 1, 0, 0]]);
  assert.deepEqual(hear('pointerleave', pen), [['leave', 'pen', 1, 255, 0]]);
});

test('wheel turns are in CSS pixels, and a pinch is no wheel turn', () => {
  const turn = (more) => wheelEvent({ deltaX: 0, deltaY: 3, deltaMode: 0, ctrlKey: false, ...more }, kInside, 0, 7, more?.isDown);
  assert.equal(turn().dy, 3);
  assert.equal(turn({ deltaMode: 1 }).dy, 40);
  assert.equal(turn({ deltaMode: 2 }).dy, 1200);
  const { kind, factor } = turn({ ctrlKey: true, deltaY: -10 });
  assert.deepEqual([kind, Math.round(1000 * factor)], ['pinch', 1105]);
  assert.equal(turn({ ctrlKey: true, isDown: true }).kind, 'wheel');
});

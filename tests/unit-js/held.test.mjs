// SPDX-License-Identifier: MIT
// Keys, what is down, and gamepads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gamepads } from '../../web/gamepads.js';
import { Held } from '../../web/held.js';
import { isCode, modifiersOf, staysHere, writesText } from '../../web/keys.js';

const key = (action, code) => ({ kind: 'key', at: 0, action, code, modifiers: 0 });
const pointer = (action, device, id, buttons) => ({ kind: 'pointer', at: 0, action, device, id, buttons });
const pressed = (more) => ({ key: 'a', code: 'KeyA', ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...more });
function holding(...events) {
  const held = new Held();
  for (const event of events) held.note(event);
  return held;
}

test('the heartbeat names all that is down', () => {
  const held = holding(pointer('down', 'mouse', 0, 5), pointer('down', 'touch', 2, 1), pointer('down', 'pen', 1, 1),
    key('down', 'KeyW'), key('down', 'ShiftLeft'));
  assert.deepEqual(held.heartbeat(9), { kind: 'held', at: 9, buttons: 5, ids: [2, 1], codes: ['KeyW', 'ShiftLeft'] });
  for (const event of [pointer('up', 'mouse', 0, 0), pointer('up', 'touch', 2, 0), pointer('cancel', 'pen', 1, 0),
    key('up', 'KeyW'), key('up', 'ShiftLeft')]) {
    assert.equal(held.isEmpty, false);
    held.note(event);
  }
  assert.ok(held.isEmpty);
});

test('after a release of everything nothing is down', () => {
  assert.ok(holding(key('down', 'KeyW'), pointer('down', 'mouse', 0, 1), { kind: 'releaseAll' }).isEmpty);
});

test('a modifier that was released elsewhere is up', () => {
  const held = holding(key('down', 'ShiftLeft'), key('down', 'ControlLeft'), key('down', 'KeyW'));
  assert.deepEqual(held.stale(2), ['ShiftLeft']);
  assert.deepEqual(held.stale(3), []);
});

test('with Meta all other keys go up, because macOS does not report them', () => {
  assert.deepEqual(holding(key('down', 'MetaLeft'), key('down', 'KeyC')).stale(0, true), ['MetaLeft', 'KeyC']);
});

test('modifiers are bits', () => {
  const event = { shiftKey: true, ctrlKey: true, altKey: true, metaKey: true, getModifierState: () => true };
  assert.equal(modifiersOf(event), 63);
  assert.equal(modifiersOf({ ctrlKey: true }), 2);
  assert.equal(modifiersOf({ getModifierState: (name) => name === 'AltGraph' }), 4);
});

test('keys of the page and of the browser stay', () => {
  assert.equal(staysHere(pressed()), false);
  assert.ok(staysHere(pressed({ code: 'KeyI', ctrlKey: true, altKey: true })));
  assert.ok(staysHere(pressed({ code: 'KeyR', ctrlKey: true })));
  assert.ok(staysHere(pressed({ code: 'KeyR', metaKey: true })));
  assert.ok(staysHere(pressed({ code: 'F5' })));
  assert.equal(staysHere(pressed({ code: 'KeyZ', ctrlKey: true })), false);
  assert.equal(staysHere(pressed({ code: 'KeyR', ctrlKey: true }), true), false);
  assert.ok(staysHere(pressed({ code: 'KeyI', ctrlKey: true, altKey: true }), true));
});

test('keys without a code are not sent as keys', () => {
  assert.deepEqual(['KeyA', 'F12', '', 'x'.repeat(33), 'Key A'].map(isCode), [true, true, false, false, false]);
});

test('keys that write text keep their default action', () => {
  assert.ok(writesText(pressed()));
  assert.ok(writesText(pressed({ key: '@', ctrlKey: true, altKey: true })));
  assert.ok(writesText(pressed({ key: 'v', ctrlKey: true })));
  assert.ok(writesText(pressed({ key: 'Dead' })));
  assert.equal(writesText(pressed({ ctrlKey: true })), false);
  assert.equal(writesText(pressed({ key: 'Tab' })), false);
});

const pad = (axes, ...values) => ({ connected: true, axes, buttons: values.map((value) => ({ value })) });

test('a gamepad is reported when it changes', () => {
  const pads = new Gamepads();
  assert.deepEqual(pads.changes([null, pad([0, -1], 0, 1)], 5),
    [{ kind: 'gamepad', at: 5, index: 1, isConnected: true, axes: [0, -32767], buttons: [0, 255] }]);
  assert.ok(pads.isActive);
  assert.deepEqual(pads.changes([null, pad([0, -1], 0, 1)], 6), []);
  assert.deepEqual(pads.changes([null, pad([0.001, -1], 0, 1)], 7), [], 'noise of a stick');
  assert.equal(pads.changes([null, pad([0.1, -1], 0, 1)], 8).length, 1);
  assert.equal(pads.changes([null, pad([0, -1], 0, 1)], 9).length, 1);
  assert.deepEqual(pads.changes([], 10), [{ kind: 'gamepad', at: 10, index: 1, isConnected: false, axes: [], buttons: [] }]);
  assert.equal(pads.isActive, false);
});

test('a gamepad with very many axes and buttons is cut to what the wire carries', () => {
  const [{ axes, buttons }] = new Gamepads().changes([pad(Array(20).fill(2), ...Array(50).fill(0))], 0);
  assert.deepEqual([axes.length, axes[0], buttons.length], [8, 32767, 32]);
});

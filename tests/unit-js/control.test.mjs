// SPDX-License-Identifier: MIT
// Who controls the scene, as the page understands it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chipOf, controlOf, isFree, mayControl, maySend } from '../../web/control.js';
import { pointersOf } from '../../web/pointers.js';

const control = (more) => controlOf({ type: 'control', mode: 'one', may: true, you: 3, holder: null, name: '', asking: [], ...more });
const labels = ({ actions }) => actions.map(({ label }) => label);

test('input is sent while control is free or held, and by all with mode all', () => {
  assert.ok(maySend(control()) && isFree(control()));
  assert.ok(maySend(control({ holder: 3 })));
  assert.equal(maySend(control({ holder: 7 })), false);
  assert.ok(maySend(control({ holder: null, mode: 'all' })));
  assert.equal(maySend(control({ may: false })), false);
  assert.equal(maySend(control({ mode: 'none' })), false);
  assert.equal(maySend(controlOf(null)), false);
});

test('presses belong to the scene even while another person has control', () => {
  assert.ok(mayControl(control({ holder: 7 })));
  assert.equal(mayControl(control({ may: false })), false);
});

test('nothing is shown while control is free or the scene wants nothing', () => {
  assert.equal(chipOf(control(), true), null);
  assert.equal(chipOf(control({ holder: 7 }), false), null);
  assert.equal(chipOf(control({ mode: 'all', holder: 7 }), true), null);
  assert.equal(chipOf(control({ holder: 3, alone: true }), true), null);
});

test('a viewer sees who has control, and may ask for it once', () => {
  const seen = chipOf(control({ holder: 7, name: 'Anna' }), true);
  assert.equal(seen.text, 'Anna has control');
  assert.deepEqual(seen.actions, [{ label: 'Ask for control', ask: { do: 'take' } }]);
  assert.equal(chipOf(control({ holder: 7 }), true).text, 'viewer 7 has control');
  assert.deepEqual(chipOf(control({ holder: 7, asked: true }), true).actions, [{ label: 'Asked' }]);
  assert.equal(chipOf(control({ holder: 7, name: 'Anna', declined: true }), true).text, 'Anna keeps control');
  const spectator = chipOf(control({ holder: 7, may: false, why: 'Your link is for watching.' }), true);
  assert.deepEqual([spectator.actions, spectator.title], [[], 'Your link is for watching.']);
});

test('the holder hands over or keeps control', () => {
  const own = chipOf(control({ holder: 3 }), true);
  assert.deepEqual([own.text, labels(own)], ['You have control', ['Release']]);
  const asked = chipOf(control({ holder: 3, asking: [{ viewer: 7, name: 'Ben' }, { viewer: 9, name: ' ' }] }), true);
  assert.deepEqual(asked.requests, [
    { text: 'Ben asks for control', ask: { do: 'give', to: 7 } },
    { text: 'viewer 9 asks for control', ask: { do: 'give', to: 9 } },
  ]);
  assert.deepEqual(asked.actions, [{ label: 'Keep', ask: { do: 'keep' } }]);
});

test('fields of the wrong type do no harm', () => {
  const state = controlOf({ mode: 'some', may: 'yes', holder: '7', name: 4, asking: [null, { viewer: 'x' }, 3], key: 5 });
  assert.deepEqual([state.mode, state.may, state.holder, state.name, state.asking, state.key],
    ['none', false, null, '', [], null]);
  assert.deepEqual(controlOf({ asking: 'x' }).asking, []);
});

test('only pointers with a place in the picture are shown', () => {
  assert.deepEqual(pointersOf({ pointers: [{ viewer: 7, name: 'Ben', x: 0.5, y: 1 }, { viewer: 8, x: 0, y: 0 },
    { viewer: 9, x: 2, y: 0 }, { viewer: 'a', x: 0, y: 0 }, null] }),
  [{ viewer: 7, name: 'Ben', x: 0.5, y: 1 }, { viewer: 8, name: 'viewer 8', x: 0, y: 0 }]);
  assert.deepEqual(pointersOf({}), []);
  assert.equal(pointersOf({ pointers: Array(500).fill({ viewer: 1, x: 0, y: 0 }) }).length, 32);
});

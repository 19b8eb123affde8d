// SPDX-License-Identifier: MIT
// Who may control the scene, and who does: the `control` messages of the server (docs/api.md). Pure.

const kFree = { mode: 'none', may: false, why: '', you: null, holder: null, name: '', asking: [], asked: false,
  declined: false, alone: false };

/// The state from a message. Fields of the wrong type count as missing.
export function controlOf(message) {
  const { mode, may, why, you, holder, name, asking, asked, declined, alone, key } = Object(message);
  return {
    mode: ['one', 'all'].includes(mode) ? mode : 'none',
    may: may === true,
    why: typeof why === 'string' ? why : '',
    you: viewer(you),
    holder: viewer(holder),
    name: typeof name === 'string' ? name : '',
    asking: (Array.isArray(asking) ? asking : []).filter((one) => viewer(one?.viewer) !== null)
      .map((one) => ({ viewer: one.viewer, name: nameOf(one) })),
    asked: asked === true,
    declined: declined === true,
    alone: alone === true, // no other client can send input
    key: typeof key === 'string' ? key : null,
  };
}

export const kNoControl = Object.freeze({ ...kFree, key: null });

/// A client as people see it.
export function nameOf({ viewer: number, name }) {
  return typeof name === 'string' && name.trim() !== '' ? name : `viewer ${number}`;
}

/// Whether this client holds control.
export const holds = ({ holder, you }) => holder !== null && holder === you;

/// Whether control is free: the first press takes it.
export const isFree = ({ mode, holder }) => mode === 'one' && holder === null;

/// Whether this client may send input now.
export function maySend(control) {
  return control.may && (control.mode === 'all' || (control.mode === 'one' && (isFree(control) || holds(control))));
}

/// Whether presses belong to the scene rather than to the page.
export const mayControl = ({ may, mode }) => may && mode !== 'none';

/// What the chip shows, or null: {text, title, actions: [{label, ask}], requests: [{text, ask}]}. `ask` is the message
/// for the server, without its type. `wanted`: whether the scene wants any input.
export function chipOf(control, wanted) {
  const { mode, holder, name, asking, asked, declined, may, why, alone } = control;
  if (!wanted || mode !== 'one' || holder === null) return null;
  if (!holds(control)) {
    const who = nameOf({ viewer: holder, name });
    const text = declined ? `${who} keeps control` : `${who} has control`;
    const ask = asked ? { label: 'Asked' } : { label: 'Ask for control', ask: { do: 'take' } };
    return { text, title: may ? '' : why, isOwn: false, actions: may ? [ask] : [], requests: [] };
  }
  if (alone) return null;
  const requests = asking.map(({ viewer: to, name: asker }) =>
    ({ text: `${asker} asks for control`, ask: { do: 'give', to } }));
  const actions = requests.length > 0 ? [{ label: 'Keep', ask: { do: 'keep' } }]
    : [{ label: 'Release', ask: { do: 'release' } }];
  return { text: requests.length > 0 ? '' : 'You have control', title: '', isOwn: true, actions, requests };
}

function viewer(number) {
  return Number.isInteger(number) ? number : null;
}

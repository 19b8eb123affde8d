// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenKeeper } from '../../web/token.js';

/// The parts of a window that TokenKeeper uses.
function world({ address = 'http://cube.example/watch?stats', stored = {}, storage = true } = {}) {
  const location = new URL(address);
  const kept = new Map(Object.entries(stored));
  return {
    location,
    kept,
    history: {
      state: 'state',
      replaceState(state, title, url) {
        assert.equal(state, 'state');
        location.href = new URL(url, location.href).href;
      },
    },
    get sessionStorage() {
      if (!storage) throw new Error('SecurityError');
      return {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, value),
        removeItem: (key) => kept.delete(key),
      };
    },
  };
}

test('without a token no header field and no subprotocol is sent', () => {
  const keeper = new TokenKeeper(world());
  assert.equal(keeper.token, '');
  assert.deepEqual(keeper.headers, {});
  assert.deepEqual(keeper.protocols, []);
});

test('a token is removed from the address, and the rest of the address stays', () => {
  const tab = world({ address: 'http://cube.example/watch?stats#token=abc.d-e_f' });
  const keeper = new TokenKeeper(tab);
  assert.equal(keeper.token, 'abc.d-e_f');
  assert.equal(tab.location.href, 'http://cube.example/watch?stats');
  assert.deepEqual(keeper.headers, { Authorization: 'Bearer abc.d-e_f' });
  const [name, bearer] = keeper.protocols;
  assert.equal(name, 'cubestream');
  assert.equal(Buffer.from(bearer.replace(/^bearer\./, ''), 'base64url').toString(), 'abc.d-e_f');
  assert.match(bearer, /^[A-Za-z0-9._-]+$/, 'browsers accept it as the name of a subprotocol');
});

test('a handwritten link may contain any character of a token', () => {
  for (const [written, token] of [
    ['a+b', 'a+b'], ['100%', '100%'], ['%zz', '%zz'], ['a%2Bb', 'a+b'], ['a%26b', 'a&b'], ['a=b==', 'a=b=='], ['a#b', 'a#b'],
  ]) {
    const tab = world({ address: `http://cube.example/#token=${written}` });
    assert.equal(new TokenKeeper(tab).token, token, written);
    assert.equal(tab.location.href, 'http://cube.example/');
    const typed = new TokenKeeper(world());
    assert.equal(typed.give(`http://cube.example/#token=${written}`), true);
    assert.equal(typed.token, token, `${written}, entered as a link`);
  }
  const typed = new TokenKeeper(world());
  assert.equal(typed.give('a+b%41&c'), true);
  assert.equal(typed.token, 'a+b%41&c', 'a token that is typed in is not unescaped');
});

test('a token survives a reload of the tab, and a new link replaces it', () => {
  const tab = world({ address: 'http://cube.example/#token=old' });
  assert.equal(new TokenKeeper(tab).token, 'old');
  const keeper = new TokenKeeper(tab);
  assert.equal(keeper.token, 'old');
  tab.location.href = 'http://cube.example/#token=new&x=1';
  assert.equal(keeper.take(), true);
  assert.equal(keeper.token, 'new');
  assert.equal(tab.location.href, 'http://cube.example/#x=1');
  assert.equal(keeper.take(), false);
});

test('a rejected token is removed from the storage too', () => {
  const tab = world({ address: 'http://cube.example/#token=bad' });
  new TokenKeeper(tab).forget();
  assert.equal(new TokenKeeper(tab).token, '');
  assert.equal(tab.kept.size, 0);
});

test('a whole link may be entered, and a malformed token is refused', () => {
  const keeper = new TokenKeeper(world());
  assert.equal(keeper.give('  https://cube.example/#token=abc\n'), true);
  assert.equal(keeper.token, 'abc');
  for (const wrong of ['', ' ', 'two words', 'größe', 'a\nb', 'x'.repeat(201)]) assert.equal(keeper.give(wrong), false, wrong);
  assert.equal(keeper.token, 'abc');
});

test('without storage the token lasts until the page is left', () => {
  const keeper = new TokenKeeper(world({ address: 'http://cube.example/#token=abc', storage: false }));
  assert.equal(keeper.token, 'abc');
  keeper.forget();
  assert.equal(keeper.token, '');
});

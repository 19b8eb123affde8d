// SPDX-License-Identifier: MIT

const kKey = 'cubestream-token';

/// What a link made by hand says: "+" is itself and not a blank, as in a form, and a "%" need not begin an escape. A "&"
/// ends the token, and is written "%26" in one.
function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/// What proves to the server that we may watch: taken out of the page's address, where a signed link has it behind the
/// "#", or typed in. It stays with this tab, and goes nowhere but to the server, in header fields. `world`: the window.
export class TokenKeeper {
  #world;
  #token = '';

  constructor(world) {
    this.#world = world;
    this.#token = this.#stored ?? '';
    this.take();
  }

  get token() {
    return this.#token;
  }

  /// Takes it out of the address, and out of sight; says whether there was one.
  take() {
    const { location, history } = this.#world;
    const parts = (location?.hash?.slice(1) ?? '').split('&');
    const ours = (part) => part.startsWith('token=');
    const part = parts.find(ours);
    if (part === undefined) return false;
    const token = unescape(part.slice('token='.length));
    const rest = parts.filter((each) => each !== '' && !ours(each)).join('&');
    history.replaceState(history.state, '', location.pathname + location.search + (rest ? `#${rest}` : ''));
    return this.give(token);
  }

  /// A token, or the whole link with one; says whether it can be one.
  give(text) {
    const [, linked] = /#token=([^&]*)/.exec(text) ?? [];
    const token = linked === undefined ? text.trim() : unescape(linked.trim());
    if (!/^[!-~]{1,200}$/.test(token)) return false;
    this.#keep(token);
    return true;
  }

  /// It was no good.
  forget() {
    this.#keep('');
  }

  /// For what is fetched.
  get headers() {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  /// For a WebSocket, to whose request a page can add nothing but these.
  get protocols() {
    if (!this.#token) return [];
    const text = btoa(this.#token).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    return ['cubestream', `bearer.${text}`];
  }

  // A browser may forbid to store; then it lasts until the page is left.
  get #stored() {
    try {
      return this.#world.sessionStorage?.getItem(kKey);
    } catch {
      return null;
    }
  }

  #keep(token) {
    this.#token = token;
    try {
      if (token) this.#world.sessionStorage.setItem(kKey, token);
      else this.#world.sessionStorage.removeItem(kKey);
    } catch {
      // as above
    }
  }
}

export const tokens = new TokenKeeper(globalThis);

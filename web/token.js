// SPDX-License-Identifier: MIT

const kKey = 'cubestream-token';

/// Decodes a token from a link that may be written by hand. "+" is a literal plus and not a space. "%" need not start
/// an escape. "&" ends the token and is written "%26" within it.
function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/// Keeps the access token, which is taken from the page's URL fragment (signed link) or typed in. The token is stored
/// for this tab only and is sent to the server only, in header fields. `world`: the window.
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

  /// Takes the token out of the URL and removes it there. Returns whether there was a valid one.
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

  /// Accepts a token or a link that contains one. Returns whether it is well-formed.
  give(text) {
    const [, linked] = /#token=([^&]*)/.exec(text) ?? [];
    const token = linked === undefined ? text.trim() : unescape(linked.trim());
    if (!/^[!-~]{1,200}$/.test(token)) return false;
    this.#keep(token);
    return true;
  }

  /// Drops a token that the server rejected.
  forget() {
    this.#keep('');
  }

  /// Header fields for fetch().
  get headers() {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  /// Subprotocols for a WebSocket: the only request data that a page can set.
  get protocols() {
    if (!this.#token) return [];
    const text = btoa(this.#token).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    return ['cubestream', `bearer.${text}`];
  }

  // The browser may forbid storage. Then the token lasts until the page is left.
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

// SPDX-License-Identifier: MIT
import { beside } from './signalling.js';
import { tokens } from './token.js';

/// Whether the server answers within this time. Any answer counts: the next session finds out whether the token has
/// expired or a proxy requires a login. A WebSocket always opens a new connection. A fetch() also sees responses that
/// refuse the WebSocket, but may reuse an older connection, whose next TCP retry may be 30 s away.
export function reachable(milliseconds) {
  return new Promise((resolve) => {
    const socket = new WebSocket(beside('ws', location.protocol.replace('http', 'ws')), tokens.protocols);
    const fetching = new AbortController();
    const answer = (is) => {
      clearTimeout(timer);
      socket.onopen = socket.onerror = null;
      socket.close();
      fetching.abort();
      resolve(is);
    };
    const timer = setTimeout(() => answer(false), milliseconds);
    let failures = 0;
    const fail = () => {
      failures += 1;
      if (failures === 2) answer(false);
    };
    socket.onopen = () => answer(true);
    socket.onerror = fail;
    // A proxy that cannot reach the server answers 502 to 504. Without `omit`, the browser would delay the response of
    // a proxy that requires a login until the user has filled in the login dialog. Such a proxy may also redirect to
    // another origin.
    const how = { cache: 'no-store', credentials: 'omit', redirect: 'manual', signal: fetching.signal };
    fetch(beside('healthz'), how)
      .then(({ status }) => ([502, 503, 504].includes(status) ? fail() : answer(true)), fail);
  });
}

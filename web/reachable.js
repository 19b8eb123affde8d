// SPDX-License-Identifier: MIT
import { beside } from './signalling.js';
import { tokens } from './token.js';

/// Whether the server answers within so many milliseconds, whatever the answer is: a new session finds out whether the
/// token has expired or a proxy requires a login. A WebSocket always opens a new connection. A fetch() also sees answers
/// that refuse the WebSocket, but the browser may use an older connection for it, whose next retry is half a minute away.
export function reachable(milliseconds) {
  return new Promise((resolve) => {
    const socket = new WebSocket(beside('ws', location.protocol.replace('http', 'ws')), tokens.protocols);
    const fetching = new AbortController();
    const answer = (is) => {
      clearTimeout(pictureTimeout);
      socket.onopen = socket.onerror = null;
      socket.close();
      fetching.abort();
      resolve(is);
    };
    const pictureTimeout = setTimeout(() => answer(false), milliseconds);
    let failures = 0;
    const fail = () => {
      failures += 1;
      if (failures === 2) answer(false);
    };
    socket.onopen = () => answer(true);
    socket.onerror = fail;
    // A proxy that cannot reach it says so. Without credentials, or the browser would hold the answer of a proxy that
    // requires a login until somebody has filled in its dialog. Such a proxy may also redirect to another origin.
    const how = { cache: 'no-store', credentials: 'omit', redirect: 'manual', signal: fetching.signal };
    fetch(beside('healthz'), how)
      .then(({ status }) => ([502, 503, 504].includes(status) ? fail() : answer(true)), fail);
  });
}

// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const kPlayer = '@eyevinn/webrtc-player';

/// Serves, at its own origin, a page with a video element and a third-party WHEP player.
export class PlayerPage {
  url;
  #server;

  static async start() {
    const page = new PlayerPage();
    const script = playerScript();
    page.#server = createServer((request, response) => {
      const is_script = request.url === '/player.js';
      response.setHeader('Content-Type', is_script ? 'text/javascript' : 'text/html');
      response.end(is_script ? script : kHtml);
    });
    page.#server.listen(0, '127.0.0.1');
    await once(page.#server, 'listening');
    page.url = `http://127.0.0.1:${page.#server.address().port}/`;
    return page;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

// picture.mjs uses window.cubestream.video.
const kHtml = `<!doctype html>
<title>player</title>
<body style="margin: 0">
<video style="width: 100vw" autoplay muted playsinline></video>
<script>window.cubestream = { video: document.querySelector('video') };</script>
<script src="player.js"></script>
`;

/// The npm module of the player (CommonJS) and its dependencies as one script that defines window.WebRTCPlayer.
function playerScript() {
  const here = createRequire(import.meta.url);
  const there = createRequire(here.resolve(kPlayer));
  const files = {
    [kPlayer]: here.resolve(kPlayer),
    '@eyevinn/whpp-client': there.resolve('@eyevinn/whpp-client'),
    events: there.resolve('events/'), // the slash selects the npm package instead of the Node module
  };
  const modules = Object.entries(files).map(
    ([name, file]) => `${JSON.stringify(name)}(module, exports, require) {\n${readFileSync(file, 'utf8')}\n},`);
  return `
    const modules = {
      ${modules.join('\n')}
      '@eyevinn/csai-manager'() {}, // advertisements: not used
    };
    const loaded = {};
    function require(name) {
      if (!loaded[name]) {
        loaded[name] = { exports: {} };
        modules[name](loaded[name], loaded[name].exports, require);
      }
      return loaded[name].exports;
    }
    window.WebRTCPlayer = require(${JSON.stringify(kPlayer)}).WebRTCPlayer;`;
}

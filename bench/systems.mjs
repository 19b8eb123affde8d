// SPDX-License-Identifier: MIT
// The servers that the benches set side by side. Each shows the same pictures at the same bit rate and can be started:
// {pid, feedPid (of what makes the pictures, where that is another process), join(receivers), page(pages), status(),
// stop()}, on the address `host`, and `inside` a network namespace. join() resolves with the milliseconds from the viewer's first word to its first whole keyframe, page() is
// the address at which a browser watches, status() is what cubestreamd alone says at api/status.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { Janus, obstacle } from './janus.mjs';
import { Process } from './process.mjs';

const kTextbook = fileURLToPath(new URL('../build/release/bench/textbook', import.meta.url));

/// What all of them are told to send.
export const kSettings = {
  CS_WIDTH: '1280', CS_HEIGHT: '720', CS_FPS: '30', CS_BITRATE_KBPS: '2500', CS_MAX_VIEWERS: '200',
};

const kTextbookKbps = '2500'; // with x264enc's own buffer size it sends what it is told to

async function status(url) {
  const reply = await fetch(new URL('api/status', url));
  if (!reply.ok) throw new Error(`api/status says ${reply.status}`);
  return reply.json();
}

async function startDaemon(settings, { host = '127.0.0.1', inside = [] } = {}) {
  const daemon = await Daemon.start({ CS_HOST: host, ...kSettings, ...settings }, { inside });
  return {
    pid: daemon.pid,
    url: daemon.url,
    join: async (receivers) => (await receivers.join(daemon.url)).pictureMs,
    page: () => daemon.url,
    status: () => status(daemon.url),
    stop: async () => {
      const { code } = await daemon.stop();
      if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${daemon.tail()}`);
    },
  };
}

function startJanus(settings, place) {
  return Janus.start({ ...kSettings, ...settings }, place);
}

async function startTextbook(settings, { host = '127.0.0.1', inside = [] } = {}) {
  const server = Process.start(kTextbook, [],
    { CS_HOST: host, ...kSettings, CS_BITRATE_KBPS: kTextbookKbps, ...settings }, inside);
  const url = (await server.line(/^http:/)).trim();
  return {
    pid: server.pid,
    join: async (receivers) => (await receivers.join(url)).pictureMs,
    page: (pages) => pages.address('textbook.html', new URL('ws', url.replace('http', 'ws')).href),
    stop: () => server.stop(),
  };
}

/// `obstacle`: why it cannot be started here. `counts`: numbers of viewers of its own, as it does not scale.
export const systems = [
  { name: 'cubestream', letter: 'C', start: startDaemon },
  { name: 'Janus', letter: 'J', obstacle: obstacle(), start: startJanus },
  {
    name: 'an encoder each',
    letter: 'E',
    counts: [1, 2, 4, 8, 16, 32],
    obstacle: existsSync(kTextbook) ? null : `${kTextbook} is not built`,
    start: startTextbook,
  },
];

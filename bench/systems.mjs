// SPDX-License-Identifier: MIT
// The servers that the benches compare. Each sends the same video at the same bit rate. start(settings, {host, inside})
// starts a server on the address `host`, `inside` a network namespace, and returns {pid, feedPid (the process that
// makes the video, if it is another), join(receivers), page(pages), status(), stop()}. join() resolves with the
// milliseconds from the viewer's first message to its first complete keyframe. page() is the URL for a browser.
// status() is api/status; only cubestreamd has it. With BASELINE=PATH, the only other server is the cubestreamd there:
// two commits are compared in the same run.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { Janus, obstacle } from './janus.mjs';
import { Process } from './process.mjs';

const kTextbook = fileURLToPath(new URL('../build/release/bench/textbook', import.meta.url));

/// The settings of all servers.
export const kSettings = {
  CS_WIDTH: '1280', CS_HEIGHT: '720', CS_FPS: '30', CS_BITRATE_KBPS: '2500', CS_MAX_VIEWERS: '200',
};

const kTextbookKbps = '2500'; // with x264enc's default buffer size, it sends at the configured rate

async function status(url) {
  const reply = await fetch(new URL('api/status', url));
  if (!reply.ok) throw new Error(`GET api/status: HTTP ${reply.status}`);
  return reply.json();
}

async function startDaemon(settings, { host = '127.0.0.1', inside = [], binary } = {}) {
  const daemon = await Daemon.start({ CS_HOST: host, ...kSettings, ...settings }, { inside, binary });
  return {
    pid: daemon.pid,
    url: daemon.url,
    join: async (receivers) => (await receivers.join(daemon.url)).pictureMs,
    page: () => daemon.url,
    status: () => status(daemon.url),
    stop: async () => {
      const { code } = await daemon.stop();
      if (code !== 0) throw new Error(`the daemon exited with code ${code}:\n${daemon.tail()}`);
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

const kBaseline = process.env.BASELINE;
const kCubestream = { name: 'cubestream', letter: 'C', start: startDaemon };

/// `obstacle`: why the server cannot be started here. `counts`: its own numbers of viewers, because it does not scale.
export const systems = kBaseline ? [
  kCubestream,
  { name: 'baseline', letter: 'B', start: (settings, place) => startDaemon(settings, { ...place, binary: kBaseline }) },
] : [
  kCubestream,
  { name: 'Janus', letter: 'J', obstacle: obstacle(), start: startJanus },
  {
    name: 'an encoder each',
    letter: 'E',
    counts: [1, 2, 4, 8, 16, 32],
    obstacle: existsSync(kTextbook) ? null : `${kTextbook} is not built`,
    start: startTextbook,
  },
];

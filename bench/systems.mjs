// SPDX-License-Identifier: MIT
// The servers that bench/viewers.mjs sets side by side. Each shows the same pictures at the same bit rate and can be
// started: {pid, join(receivers), stop()}; join() resolves with the milliseconds from the viewer's first word to its
// first whole keyframe.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Daemon } from '../tests/e2e/daemon.mjs';
import { Janus, obstacle } from './janus.mjs';
import { Process } from './process.mjs';

const kTextbook = fileURLToPath(new URL('../build/release/bench/textbook', import.meta.url));

/// The cube is easy to encode: at this setting of the daemon's encoder 2.4 to 2.6 Mbit/s really flow.
export const kSettings = {
  CS_WIDTH: '1280', CS_HEIGHT: '720', CS_FPS: '30', CS_BITRATE_KBPS: '3400', CS_MAX_VIEWERS: '200',
};

const kTextbookKbps = '2500'; // with x264enc's own buffer size it sends what it is told to

async function startDaemon() {
  const daemon = await Daemon.start(kSettings);
  return {
    pid: daemon.pid,
    url: daemon.url,
    join: async (receivers) => (await receivers.join(daemon.url)).pictureMs,
    stop: async () => {
      const { code } = await daemon.stop();
      if (code !== 0) throw new Error(`the daemon ended with ${code}:\n${daemon.tail()}`);
    },
  };
}

async function startTextbook() {
  const server = Process.start(kTextbook, [], { ...kSettings, CS_BITRATE_KBPS: kTextbookKbps });
  const url = (await server.line(/^http:/)).trim();
  return {
    pid: server.pid,
    join: async (receivers) => (await receivers.join(url)).pictureMs,
    stop: () => server.stop(),
  };
}

/// `obstacle`: why it cannot be started here. `counts`: numbers of viewers of its own, as it does not scale.
export const systems = [
  { name: 'cubestream', letter: 'C', start: startDaemon },
  { name: 'Janus', letter: 'J', obstacle: obstacle(), start: () => Janus.start(kSettings) },
  {
    name: 'an encoder each',
    letter: 'E',
    counts: [1, 2, 4, 8, 16, 32],
    obstacle: existsSync(kTextbook) ? null : `${kTextbook} is not built`,
    start: startTextbook,
  },
];

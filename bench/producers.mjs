// SPDX-License-Identifier: MIT
// Programs that draw for a daemon with CS_SCENE=external: the examples of clients/, and those of bench/producers; and a
// server that sends such pictures without the daemon.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Process } from './process.mjs';
import { systems } from './systems.mjs';

const kPython = process.env.PYTHON ?? 'python3';
const kTimeLimit = 20_000; // ms until a producer shows its first frame

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const kPythonFolders = [at('../clients/python'), at('../clients/python/examples')];

/// Why the Python examples cannot run here; null: they can.
export function pythonObstacle() {
  try {
    execFileSync(kPython, ['-c', 'import numpy'], { stdio: 'ignore' });
    return null;
  } catch {
    return `${kPython} has no numpy (package python3-numpy, or set PYTHON)`;
  }
}

function python(script, ...args) {
  return (socket) => Process.start(kPython, [at(script), ...args], {
    CS_SCENE_SOCKET: socket, PYTHONPATH: kPythonFolders.join(':'), PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1',
  });
}

let folder = null; // of this process, for sockets and what is compiled here

/// A folder that is removed at the end of this process.
function ownFolder() {
  if (folder === null) {
    folder = mkdtempSync(join(tmpdir(), 'cubestream-bench-'));
    process.on('exit', () => rmSync(folder, { recursive: true }));
  }
  return folder;
}

/// The C example, compiled at the first call by the command in its own first lines.
function plasma() {
  const program = join(ownFolder(), 'plasma');
  if (!existsSync(program))
    execFileSync(process.env.CC ?? 'cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', `-I${at('../clients/c')}`,
      at('../clients/c/examples/plasma.c'), '-o', program], { stdio: ['ignore', 'inherit', 'inherit'] });
  return program;
}

/// Each starts a producer that connects to a socket: a Process.
export const producers = {
  numpyPlasma: python('../clients/python/examples/numpy_plasma.py'),
  cPlasma: (socket) => Process.start(plasma(), [socket]),
  announcedPlasma: python('producers/producer.py', 'plasma'),
  unchanged: python('producers/producer.py', 'flag'),
  sameRgba: python('producers/producer.py', 'rgba'),
  sameI420: python('producers/producer.py', 'i420'),
  pointer: python('producers/pointer_scene.py'),
};

/// Starts bench/producers/jpeg_server.py with the same scene as the producer `pointer`: {pid, page(pages), tail(),
/// stop()}.
export async function startJpeg({ CS_WIDTH: width, CS_HEIGHT: height, CS_FPS: fps }) {
  const server = python('producers/jpeg_server.py', width, height, fps)('');
  const url = await server.line(/^ws:/);
  return {
    pid: server.pid,
    page: (pages) => pages.address('jpeg.html', url),
    tail: () => server.tail(),
    stop: () => server.stop(),
  };
}

/// Starts a daemon that shows the frames of this producer: what start() of bench/systems.mjs returns, where `feedPid`
/// is the producer. Also `producer`, the Process; replace(), which starts another one after that has died; and shows(),
/// which resolves when the producer shows frames, for which someone must watch.
export async function startBeside(start, settings = {}) {
  const socket = join(mkdtempSync(join(ownFolder(), 'socket-')), 'frames.sock');
  const server = await systems[0].start({ ...settings, CS_SCENE: 'external', CS_SCENE_SOCKET: socket });
  let producer = start(socket);
  return {
    ...server,
    get producer() {
      return producer;
    },
    get feedPid() {
      return producer.pid;
    },
    replace: () => {
      producer = start(socket);
    },
    shows: async () => {
      const end = performance.now() + kTimeLimit;
      for (let now = await server.status(); !now.ready; now = await server.status()) {
        if (performance.now() > end)
          throw new Error(`no frame within ${kTimeLimit / 1000} s: ${now.unreadyBecause}\n${producer.tail()}`);
        await sleep(50);
      }
    },
    stop: async () => {
      await producer.stop();
      await server.stop();
    },
  };
}

// SPDX-License-Identifier: MIT
// What the bench starts beside the daemon, and what the kernel knows of any process.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const kTicksPerSecond = 100; // of /proc/PID/stat, on every Linux
const kTimeLimit = 15_000; // ms
const kLinesKept = 1000;

/// {cpuSeconds, memoryMb, threads, descriptors} of now; the memory is what the process has for itself (RssAnon).
export function examine(pid) {
  const of = (name) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
  const [utime, stime] = of('stat').split(') ').pop().split(' ').slice(11, 13);
  return {
    cpuSeconds: (Number(utime) + Number(stime)) / kTicksPerSecond,
    memoryMb: Number(of('status').match(/RssAnon:\s+(\d+)/)[1]) / 1024,
    threads: readdirSync(`/proc/${pid}/task`).length,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/// A TCP port of 127.0.0.1 that nobody has at this moment.
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/// The same of UDP.
export async function freeUdpPort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/// A process that ends with us, however we end.
export class Process {
  #child;
  #lines = [];
  #listeners = new Set();
  #exit = null;
  #ended;

  /// `settings` are CS_… variables, of which it inherits none; `inside`: words before its name, which lead into a network
  /// namespace.
  static start(binary, args = [], settings = {}, inside = []) {
    return new Process(binary, args, settings, inside);
  }

  constructor(binary, args, settings, inside) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CS_'));
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inside, binary, ...args], {
      env: { ...Object.fromEntries(inherited), ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > kLinesKept) this.#lines.shift();
        for (const listen of [...this.#listeners]) listen();
      });
    this.#ended = once(this.#child, 'close').then(([code, signal]) => {
      this.#exit = { code, signal };
      for (const listen of [...this.#listeners]) listen();
    });
  }

  get pid() {
    return this.#child.pid;
  }

  tail() {
    return this.#lines.slice(-30).join('\n');
  }

  /// The first line that fits, said already or to come.
  line(pattern) {
    return new Promise((resolve, reject) => {
      const done = (act, value) => {
        this.#listeners.delete(look);
        clearTimeout(impatience);
        act(value);
      };
      const look = () => {
        const found = this.#lines.find((line) => pattern.test(line));
        if (found !== undefined) done(resolve, found);
        else if (this.#exit) done(reject, new Error(`it ended without saying ${pattern}:\n${this.tail()}`));
      };
      const impatience = setTimeout(
        () => done(reject, new Error(`it did not say ${pattern} in time:\n${this.tail()}`)), kTimeLimit);
      this.#listeners.add(look);
      look();
    });
  }

  async stop() {
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), kTimeLimit);
    await this.#ended;
    clearTimeout(impatience);
  }
}

// SPDX-License-Identifier: MIT
// Child processes of the benches, and process statistics from /proc.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const kTicksPerSecond = 100; // clock ticks in /proc/PID/stat, on every Linux
const kTimeLimit = 15_000; // ms
const kLinesKept = 1000;

/// Current {cpuSeconds, memoryMb, threads, descriptors} of a process; memory is RssAnon.
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

/// The CPU time of each thread so far, in seconds: {name: seconds}, threads of the same name added up.
export function threads(pid) {
  const found = {};
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const of = (file) => readFileSync(`/proc/${pid}/task/${id}/${file}`, 'utf8');
    const name = of('comm').trim().replace(/-?\d+$/, '');
    found[name] = (found[name] ?? 0) + Number(of('schedstat').split(' ')[0]) / 1e9;
  }
  return found;
}

/// A free TCP port of 127.0.0.1.
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/// A free UDP port of 127.0.0.1.
export async function freeUdpPort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/// A child process that ends with this process, however this process ends.
export class Process {
  #child;
  #lines = [];
  #listeners = new Set();
  #exit = null;
  #ended;

  /// `settings`: CS_… variables; none is inherited. `inside`: a command prefix that enters a network namespace.
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

  /// Resolves with the first past or future output line that matches; rejects when the process ends or after 15 s.
  line(pattern) {
    return new Promise((resolve, reject) => {
      const done = (act, value) => {
        this.#listeners.delete(search);
        clearTimeout(timer);
        act(value);
      };
      const search = () => {
        const found = this.#lines.find((line) => pattern.test(line));
        if (found !== undefined) done(resolve, found);
        else if (this.#exit) done(reject, new Error(`the process ended without output ${pattern}:\n${this.tail()}`));
      };
      const timer = setTimeout(
        () => done(reject, new Error(`no output ${pattern} in ${kTimeLimit / 1000} s:\n${this.tail()}`)), kTimeLimit);
      this.#listeners.add(search);
      search();
    });
  }

  /// Kills it, without a chance to clean up.
  async die() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async stop() {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), kTimeLimit);
    await this.#ended;
    clearTimeout(timer);
  }
}

// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { kTimeLimit } from './browser.mjs';

const kBinary = process.env.CUBESTREAMD ?? fileURLToPath(new URL('../../build/release/cubestreamd', import.meta.url));
const kTicksPerSecond = 100; // of /proc/PID/stat, on every Linux

/// How much slower this build is than the release build, because of sanitizers.
export const kSlowness = Number(process.env.SLOWNESS ?? 1);

/// Settings for tests that do not depend on the size: a quarter of the CPU time for rendering, encoding and decoding.
export const kSmall = { CS_WIDTH: '640', CS_HEIGHT: '360' };

const kLogsShown = 2;
const daemons = []; // all started servers, latest last

/// When a test fails or times out, prints the logs of the latest servers.
process.on('exit', () => {
  if (!process.exitCode) return;
  for (const daemon of daemons.slice(-kLogsShown))
    console.error(`--- log of cubestreamd, process ${daemon.pid}:\n${daemon.tail()}`);
});

/// Starts the binary with these settings, without inherited variables that it reads as settings or sets itself.
/// `inside`: a command prefix, for example to enter a network namespace. `handed`: a descriptor that becomes its
/// descriptor 3.
function launch(settings, args = [], inside = [], handed = undefined, binary = kBinary) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CS_') && name !== 'G_SLICE');
  // It ends with this process, even after SIGKILL.
  return spawn('setpriv', ['--pdeathsig', 'KILL', ...inside, binary, ...args], {
    env: { ...Object.fromEntries(inherited), ...settings },
    stdio: ['ignore', 'pipe', 'pipe', ...(handed === undefined ? [] : [handed])],
  });
}

/// Runs the binary until it exits: {code, signal, out, err, ms}. `inside`: see launch().
export async function run(settings, args, inside = []) {
  const began = performance.now();
  const child = launch(settings, args, inside);
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => { texts.out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { texts.err += text; });
  const timer = setTimeout(() => child.kill('SIGKILL'), kTimeLimit);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, signal, ...texts, ms: performance.now() - began };
}

/// Resolves after `ms` milliseconds; for polling where there is no event.
export function pause(ms = 50) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

/// A running cubestreamd and its log.
export class Daemon {
  raw = []; // its output lines
  log = []; // {time, level, name, message}; a line that is not JSON has only its text as message
  url; // of the page
  startedIn; // milliseconds from the start of the process until its HTTP server listens
  ended; // a promise of {code, signal}

  #child;
  #listeners = new Set();
  #exit = null;

  /// Starts the server and waits until its HTTP server listens. `settings` are environment variables. The default is
  /// CS_LADDER=off: a busy machine looks like a slow network, and the number of encoders would depend on it.
  static async start(settings = {}, { inside = [], handed, binary } = {}) {
    const daemon = new Daemon();
    const began = performance.now();
    const standard = { CS_HOST: '127.0.0.1', CS_PORT: '0', CS_LOG_FORMAT: 'json', CS_LADDER: 'off' };
    daemon.#child = launch({ ...standard, ...settings }, [], inside, handed, binary);
    daemons.push(daemon);
    for (const stream of [daemon.#child.stdout, daemon.#child.stderr])
      createInterface({ input: stream }).on('line', (line) => daemon.#heard(line));
    daemon.ended = once(daemon.#child, 'close').then(([code, signal]) => {
      daemon.#exit = { code, signal };
      for (const listen of daemon.#listeners) listen();
      return daemon.#exit;
    });
    daemon.url = await daemon.#opened(settings);
    daemon.startedIn = performance.now() - began;
    return daemon;
  }

  /// Its URL, once the HTTP server listens. At a log level that hides the URL, CS_PORT must be set, and healthz is
  /// polled.
  async #opened({ CS_LOG_LEVEL: level, CS_PORT: port }) {
    if (!/^(warn|error)$/.test(level ?? '')) return (await this.line(/open https?:\/\//)).message.match(/https?:\/\/\S+/)[0];
    const url = `http://127.0.0.1:${port}/`;
    while (!this.#exit && !await fetch(new URL('healthz', url)).then((reply) => reply.ok, () => false))
      await pause(20);
    if (this.#exit) throw new Error(`the server ended before its HTTP server was listening:\n${this.tail()}`);
    return url;
  }

  get pid() {
    return this.#child.pid;
  }

  get port() {
    return new URL(this.url).port;
  }

  /// The first log line that matches, past or future. `from`: an index into the log; `name`: a pattern for its logger
  /// name.
  line(pattern, { from = 0, name = /^/ } = {}) {
    return new Promise((resolve, reject) => {
      const done = (act, value) => {
        this.#listeners.delete(look);
        clearTimeout(timer);
        act(value);
      };
      const look = () => {
        const found = this.log.slice(from).find((said) => pattern.test(said.message) && name.test(said.name));
        if (found) done(resolve, found);
        else if (this.#exit) done(reject, new Error(`the server ended without logging ${pattern}:\n${this.tail()}`));
      };
      const timer = setTimeout(
        () => done(reject, new Error(`the server did not log ${pattern} in time:\n${this.tail()}`)), kTimeLimit);
      this.#listeners.add(look);
      look();
    });
  }

  /// Stops reading its log, so that the pipe fills. The content of the pipe is in `log` once the server has ended.
  stopReading() {
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.pause();
  }

  /// The latest lines, for error messages.
  tail(count = 30) {
    const lines = this.log.filter(({ name }) => name !== 'metrics').slice(-count);
    return lines.map(({ level, name, message }) => `${level} ${name}: ${message}`).join('\n');
  }

  /// All counters by name. A counter with labels is there as name{label="value"}, and its sum as the name alone.
  async metrics() {
    const from = this.log.length;
    this.#child.kill('SIGUSR1');
    const { message } = await this.line(/^\w+(\{\S*\})?=-?\d+( \w+(\{\S*\})?=-?\d+)*$/, { from, name: /^metrics$/ });
    const numbers = {};
    for (const [, name, labels = '', value] of message.matchAll(/(\w+)(\{\S*\})?=(-?\d+)/g)) {
      if (labels) numbers[name + labels] = Number(value);
      numbers[name] = (numbers[name] ?? 0) + Number(value);
    }
    return numbers;
  }

  /// The response to a GET: {status, type, text}.
  async get(path) {
    const reply = await fetch(new URL(path, this.url));
    return { status: reply.status, type: reply.headers.get('Content-Type'), text: await reply.text() };
  }

  /// Polls until `settled(await this.look())`; there is no event for a changed counter.
  async until(settled, pauseMs = 100) {
    const end = performance.now() + kTimeLimit;
    for (;;) {
      const now = await this.look();
      if (settled(now)) return now;
      if (performance.now() > end)
        throw new Error(`the expected state was not reached: ${JSON.stringify(now)}\n${this.tail()}`);
      await pause(pauseMs);
    }
  }

  /// The counters and the resources of the process: {…, threads, descriptors, anonymousMb}.
  async look() {
    const metrics = await this.metrics();
    const [, kilobytes] = readFileSync(`/proc/${this.pid}/status`, 'utf8').match(/^RssAnon:\s+(\d+)/m);
    return { ...metrics, threads: this.#count('task'), descriptors: this.#count('fd'), anonymousMb: kilobytes / 1024 };
  }

  /// CPU time used so far, in seconds.
  get cpuSeconds() {
    const [utime, stime] = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ').pop().split(' ').slice(11, 13);
    return (Number(utime) + Number(stime)) / kTicksPerSecond;
  }

  /// Sends SIGTERM and waits for the exit: {code, signal, ms}; harmless if the process has already ended.
  async stop() {
    const began = performance.now();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), kTimeLimit);
    const exit = await this.ended;
    clearTimeout(timer);
    return { ...exit, ms: performance.now() - began };
  }

  #count(what) {
    return readdirSync(`/proc/${this.pid}/${what}`).length;
  }

  #heard(text) {
    this.raw.push(text);
    try {
      this.log.push(JSON.parse(text));
    } catch {
      this.log.push({ level: '', name: '', message: text });
    }
    for (const listen of [...this.#listeners]) listen();
  }
}

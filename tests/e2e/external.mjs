// SPDX-License-Identifier: MIT
// Producers for tests of CS_SCENE=external: Python programs, since Node has no sockets of type SOCK_SEQPACKET.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { kTimeLimit } from './browser.mjs';

const kPython = process.env.PYTHON ?? 'python3';
const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/// Starts a Python program that ends with this process, even after SIGKILL.
function python(program, args) {
  return spawn('setpriv', ['--pdeathsig', 'KILL', kPython, path(program), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
}

/// A running Python producer and its events.
class AnyProducer {
  events = [];
  ended; // a promise

  #child;
  #listeners = new Set();

  constructor(program, ...args) {
    this.#child = python(program, args);
    this.ended = once(this.#child, 'close');
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line));
      for (const look of [...this.#listeners]) look();
    });
  }

  get pid() {
    return this.#child.pid;
  }

  say(command) {
    this.#child.stdin.write(`${command}\n`);
  }

  /// The first event that matches, past or future. `from`: an index into the events.
  event(matches, from = 0) {
    return new Promise((resolve, reject) => {
      const done = (act, value) => {
        this.#listeners.delete(look);
        clearTimeout(timer);
        act(value);
      };
      const look = () => {
        const found = this.events.slice(from).find(matches);
        if (found) done(resolve, found);
      };
      const timer = setTimeout(() => done(reject, new Error(
        `the producer did not report it; its latest events: ${JSON.stringify(this.events.slice(-5))}`)), kTimeLimit);
      this.#listeners.add(look);
      look();
    });
  }

  /// Waits until `count` more frames were shown.
  async frames(count) {
    const before = this.events.findLast(({ event }) => event === 'shown')?.count ?? 0;
    await this.event(({ event, count: shown }) => event === 'shown' && shown >= before + count);
  }

  /// Ends it; with SIGKILL it has no time to say so.
  async end(signal = 'SIGTERM') {
    this.#child.kill(signal);
    await this.ended;
  }
}

/// A running producer.py.
export class Producer extends AnyProducer {
  /// `mode`: "push", or nothing.
  constructor(socket, name, ...mode) {
    super('producer.py', socket, name, ...mode);
  }

  /// A producer that is connected.
  static async start(socket, name, ...mode) {
    const producer = new Producer(socket, name, ...mode);
    await producer.event(({ event }) => event === 'connected');
    return producer;
  }
}

/// A running input_producer.py.
export class InputProducer extends AnyProducer {
  /// One that is connected.
  static async start(socket) {
    const producer = new InputProducer('input_producer.py', socket);
    await producer.event(({ event }) => event === 'connected');
    return producer;
  }
}

/// Runs hostile_producer.py until it ends, and returns its result.
export async function attack(socket, way) {
  const child = python('hostile_producer.py', [socket, way]);
  const timer = setTimeout(() => child.kill('SIGKILL'), kTimeLimit);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more) => { text += more; });
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  if (code !== 0) throw new Error(`hostile producer "${way}": code ${code}, signal ${signal}`);
  return JSON.parse(text);
}

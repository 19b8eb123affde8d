// SPDX-License-Identifier: MIT
// Network namespaces, as root: machines of their own that see of each other what the test lets them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { kChromium, kTimeLimit } from './browser.mjs';

const kLink = process.env.NETWORK_LINK ??
  fileURLToPath(new URL('../../build/release/tests/network_link', import.meta.url));

let counter = 0;

function command(...words) {
  try {
    execFileSync(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${words.join(' ')}: ${error.stderr ?? error}; these tests need root and network namespaces`);
  }
}

function ip(...words) {
  command('ip', ...words);
}

/// Deletes the namespaces of tests that were killed before they could do it.
function deleteForsaken() {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of names.matchAll(/^cs-(\d+)-\d+-\w+/gm))
    if (!existsSync(`/proc/${pid}`)) ip('netns', 'del', name);
}

/// A link between two machines that behaves as it is told: tests/net/link.cpp.
class Link {
  #child;
  #answers = [];
  #waiting = [];

  static async start(first, second, seed) {
    const link = new Link();
    link.#child = spawn('setpriv', ['--pdeathsig', 'KILL', kLink, '--seed', String(seed), ...first, ...second],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    link.#child.on('error', () => {}); // its end tells
    link.#child.stdin.on('error', () => {});
    link.#child.on('close', () => {
      for (const { reject } of link.#waiting.splice(0)) reject(new Error(`${kLink} ended`));
    });
    createInterface({ input: link.#child.stdout }).on('line', (line) => {
      const next = link.#waiting.shift();
      if (!next) link.#answers.push(line);
      else if (line.startsWith('error')) next.reject(new Error(line));
      else next.resolve(line);
    });
    await link.#answer(); // "ready"
    return link;
  }

  /// The words are those of tests/net/command.cpp with their numbers, for both ways; {up: {…}, down: {…}} for one of
  /// them, where "down" leads away from the machine that was asked for the link.
  async set({ up = {}, down = {}, ...both }) {
    for (const [way, settings] of [['', both], ['up ', up], ['down ', down]])
      for (const [word, number] of Object.entries(settings)) await this.#ask(`${way}${word} ${number}`);
  }

  /// Nothing gets through for so long, from now on.
  blackout(milliseconds) {
    return this.#ask(`blackout ${milliseconds}`);
  }

  /// What became of the packets: {down, up}, each {queueMs (how long one would wait now), in, out, lost, …}.
  async stats() {
    return JSON.parse(await this.#ask('stats'));
  }

  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'close');
  }

  #ask(line) {
    this.#child.stdin.write(`${line}\n`);
    return this.#answer();
  }

  #answer() {
    if (this.#answers.length > 0) return Promise.resolve(this.#answers.shift());
    return new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }); });
  }
}

/// One machine: a network namespace with nothing in it but loopback.
export class Machine {
  #folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  #children = [];
  #links = [];

  constructor(role) {
    if (counter === 0) deleteForsaken();
    this.name = `cs-${process.pid}-${counter += 1}-${role}`;
    ip('netns', 'add', this.name);
    // Without duplicate address detection an IPv6 address can be used at once.
    for (const scope of ['all', 'default']) this.tune(`ipv6/conf/${scope}/accept_dad`, 0);
    this.ip('link', 'set', 'lo', 'up');
  }

  /// The words that run a command in it.
  get inside() {
    return ['ip', 'netns', 'exec', this.name];
  }

  ip(...words) {
    ip('-n', this.name, ...words);
  }

  /// Runs a command in it to its end.
  run(...words) {
    command(...this.inside, ...words);
  }

  /// Sets a variable of its kernel's network, one under /proc/sys/net.
  tune(name, value) {
    this.run('sh', '-c', `echo ${value} >/proc/sys/net/${name}`);
  }

  /// A cable to another machine, with the addresses ("10.0.0.1/24") of both ends. The ends are named eth1, eth2…
  cable(other, own, theirs) {
    const [here, there] = [`cs${process.pid}a`, `cs${process.pid}b`];
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
    for (const [machine, end, addresses] of [[this, here, own], [other, there, theirs]]) {
      ip('link', 'set', end, 'netns', machine.name);
      machine.ends = (machine.ends ?? 0) + 1;
      machine.ip('link', 'set', end, 'name', `eth${machine.ends}`);
      for (const address of [addresses].flat())
        machine.ip('addr', 'add', address, 'dev', `eth${machine.ends}`);
      machine.ip('link', 'set', `eth${machine.ends}`, 'up');
    }
  }

  /// As cable(), but a link whose rate, delay, loss and so on can be set, now and later: see Link. It ends with this
  /// machine.
  async link(other, own, theirs, { seed = 1, ...settings } = {}) {
    const ends = [[this, own], [other, theirs]].map(([machine, addresses]) => {
      machine.ends = (machine.ends ?? 0) + 1;
      return { machine, addresses: [addresses].flat(), device: `eth${machine.ends}` };
    });
    const link = await Link.start(...ends.map(({ machine, device }) => [machine.name, device]), seed);
    this.#links.push(link);
    for (const { machine, addresses, device } of ends) {
      for (const address of addresses) machine.ip('addr', 'add', address, 'dev', device);
      machine.ip('link', 'set', device, 'up');
    }
    await link.set(settings);
    return link;
  }

  /// Starts a command in it that ends with the machine, and waits until it says `ready`.
  async start(command, args, ready) {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...this.inside, command, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    const said = [];
    await new Promise((resolve, reject) => {
      const impatience = setTimeout(() => reject(new Error(`${command} was not ready in time`)), kTimeLimit);
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => {
          said.push(line);
          if (ready.test(line)) resolve(clearTimeout(impatience));
        });
      child.on('close', () => reject(new Error(`${command} ended:\n${said.join('\n')}`)));
    });
    return said;
  }

  /// Chromium for launchBrowser: a script that starts it in here.
  get chromium() {
    const script = join(this.#folder, 'chromium');
    writeFileSync(script, `#!/bin/sh\nexec ${this.inside.join(' ')} ${kChromium} "$@"\n`);
    chmodSync(script, 0o755);
    return script;
  }

  /// A TURN server on `address`, port 3478, by which nobody reaches anything but another user of it; it knows a user with
  /// a password, or the secret that both are made of. What it says goes on growing.
  turn(address, { user, password, secret }, ...options) {
    const login = secret ? ['--use-auth-secret', `--static-auth-secret=${secret}`]
      : ['--lt-cred-mech', `--user=${user}:${password}`];
    return this.start('turnserver', ['-n', '--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout', '--verbose',
      `--pidfile=${join(this.#folder, 'turn.pid')}`, `--userdb=${join(this.#folder, 'turn.db')}`,
      `--listening-ip=${address}`, `--relay-ip=${address}`, '--realm=cubestream',
      ...login, '--denied-peer-ip=0.0.0.0-255.255.255.255', `--allowed-peer-ip=${address}`,
      ...options], /Total General servers/);
  }

  /// Passes TCP connections to `port` on to `target` ("host:port").
  forward(port, target) {
    return this.start(process.execPath, [fileURLToPath(new URL('forwarder.mjs', import.meta.url)), String(port), target],
      /^ready$/);
  }

  async end() {
    for (const link of this.#links) await link.end();
    for (const child of this.#children) {
      child.removeAllListeners('close');
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    ip('netns', 'del', this.name);
    rmSync(this.#folder, { recursive: true });
  }
}

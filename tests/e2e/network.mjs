// SPDX-License-Identifier: MIT
// Simulated machines: network namespaces with configurable connections. Requires root.
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

/// Deletes the namespaces left behind by killed tests.
function deleteStaleNamespaces() {
  const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of names.matchAll(/^cs-(\d+)-\d+-\w+/gm))
    if (!existsSync(`/proc/${pid}`)) ip('netns', 'del', name);
}

/// A link between two machines with configurable impairments: tests/net/link.cpp.
class Link {
  #child;
  #answers = [];
  #waiting = [];

  static async start(first, second, seed) {
    const link = new Link();
    link.#child = spawn('setpriv', ['--pdeathsig', 'KILL', kLink, '--seed', String(seed), ...first, ...second],
      { stdio: ['pipe', 'pipe', 'inherit'] });
    link.#child.on('error', () => {}); // "close" reports it
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

  /// Sets parameters of tests/net/command.cpp, {word: number}, for both directions; {up: {…}, down: {…}} for one
  /// direction. "down" leads away from the machine on which link() was called.
  async set({ up = {}, down = {}, ...both }) {
    for (const [way, settings] of [['', both], ['up ', up], ['down ', down]])
      for (const [word, number] of Object.entries(settings)) await this.#ask(`${way}${word} ${number}`);
  }

  /// Drops all packets for this time.
  blackout(milliseconds) {
    return this.#ask(`blackout ${milliseconds}`);
  }

  /// The packet statistics {down, up}, each {queueMs (the current queueing delay), in, out, lost, …}.
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

/// A machine: a network namespace that initially has loopback only.
export class Machine {
  #folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  #children = [];
  #links = [];

  constructor(role) {
    if (counter === 0) deleteStaleNamespaces();
    this.name = `cs-${process.pid}-${counter += 1}-${role}`;
    ip('netns', 'add', this.name);
    // Disables duplicate address detection, so that IPv6 addresses can be used at once.
    for (const scope of ['all', 'default']) this.tune(`ipv6/conf/${scope}/accept_dad`, 0);
    this.ip('link', 'set', 'lo', 'up');
  }

  /// The command prefix that runs a command in it.
  get inside() {
    return ['ip', 'netns', 'exec', this.name];
  }

  ip(...words) {
    ip('-n', this.name, ...words);
  }

  /// Runs a command in it and waits for its end.
  run(...words) {
    command(...this.inside, ...words);
  }

  /// Sets a kernel parameter under /proc/sys/net in it.
  tune(name, value) {
    this.run('sh', '-c', `echo ${value} >/proc/sys/net/${name}`);
  }

  /// Connects it to another machine, with the addresses ("10.0.0.1/24") of both ends. The interfaces are eth1, eth2…
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

  /// As cable(), but with configurable rate, delay, loss and so on: see Link. The link ends with this machine.
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

  /// Starts a command in it and waits until an output line matches `ready`. The command ends with the machine. Returns
  /// its output lines, which continue to grow.
  async start(command, args, ready) {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...this.inside, command, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    const said = [];
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${command} was not ready in time`)), kTimeLimit);
      for (const stream of [child.stdout, child.stderr])
        createInterface({ input: stream }).on('line', (line) => {
          said.push(line);
          if (ready.test(line)) resolve(clearTimeout(timer));
        });
      child.on('close', () => reject(new Error(`${command} ended:\n${said.join('\n')}`)));
    });
    return said;
  }

  /// An executable for launchBrowser(): a script that starts Chromium in this machine.
  get chromium() {
    const script = join(this.#folder, 'chromium');
    writeFileSync(script, `#!/bin/sh\nexec ${this.inside.join(' ')} ${kChromium} "$@"\n`);
    chmodSync(script, 0o755);
    return script;
  }

  /// Starts a TURN server on `address`, port 3478, that relays only to other users of itself. Its login is a user with
  /// a password, or a shared secret. Returns its output lines, as start() does.
  turn(address, { user, password, secret }, ...options) {
    const login = secret ? ['--use-auth-secret', `--static-auth-secret=${secret}`]
      : ['--lt-cred-mech', `--user=${user}:${password}`];
    return this.start('turnserver', ['-n', '--no-cli', '--no-tls', '--no-dtls', '--log-file=stdout', '--verbose',
      `--pidfile=${join(this.#folder, 'turn.pid')}`, `--userdb=${join(this.#folder, 'turn.db')}`,
      `--listening-ip=${address}`, `--relay-ip=${address}`, '--realm=cubestream',
      ...login, '--denied-peer-ip=0.0.0.0-255.255.255.255', `--allowed-peer-ip=${address}`,
      ...options], /Total General servers/);
  }

  /// Forwards TCP connections from `port` to `target` ("host:port").
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

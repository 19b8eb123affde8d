// SPDX-License-Identifier: MIT
// A Debian in a folder, booted with its own systemd. Needs root.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { kTimeLimit } from '../e2e/browser.mjs';

const run = promisify(execFile);
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

/// Folder that keeps the bare Debian and its downloads for the next run.
export const kCache = process.env.SYSTEM_CACHE ?? fileURLToPath(new URL('../../build/system', import.meta.url));
const kBuild = process.env.BUILD ?? fileURLToPath(new URL('../../build/release', import.meta.url));

/// Runs a program and returns its standard output. On failure throws an error that contains the program's output.
export async function command(program, args, options = {}) {
  try {
    return (await run(program, args, { maxBuffer: 2 ** 24, ...options })).stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}: ${error.stderr || error.stdout || error}`);
  }
}

/// Suffix of the package version that names the Debian release, such as +deb12.
export const kRelease = /^set\(CPACK_PACKAGE_VERSION "[^+"]*(\+[^"]+)"\)$/m
  .exec(readFileSync(join(kBuild, 'CPackConfig.cmake'), 'utf8'))[1];

/// Packs the build as a Debian package of this version for the build's release; returns the path.
export async function pack(number, folder) {
  const version = number + kRelease;
  await command('cpack', ['--config', join(kBuild, 'CPackConfig.cmake'), '-B', folder,
    '-D', `CPACK_PACKAGE_VERSION=${version}`]);
  return join(folder, `cubestream_${version}_amd64.deb`);
}

export class Debian {
  folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  root = join(this.folder, 'debian');

  #boot;
  #leader;

  /// Boots a Debian in a network namespace and waits until all its services run. The package lies in /root, not
  /// installed.
  static async boot(makePackage, network) {
    const debian = new Debian();
    try {
      const file = await makePackage(debian.folder);
      await command(script('debian.sh'), [kCache, debian.root, file]);
      await debian.#start(network);
    } catch (error) {
      await debian.end();
      throw error;
    }
    return debian;
  }

  async #start(network) {
    this.#boot = spawn('setpriv', ['--pdeathsig', 'KILL', script('boot.sh'), this.root, join(kCache, 'archives'), network],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [this.#boot.stdout, this.#boot.stderr]) stream.on('data', (text) => { output += text; });
    const end = performance.now() + kTimeLimit;
    for (;;) {
      // The chain of processes is unshare, boot.sh, systemd-nspawn, and the init process of the Debian.
      this.#leader = [1, 2, 3].reduce((pid) => pid && children(pid)[0], this.#boot.pid);
      const state = this.#leader && (await this.sh('systemctl is-system-running --wait').catch(() => ''));
      if (state?.trim() === 'running') return;
      if (this.#boot.exitCode !== null || performance.now() > end)
        throw new Error(`the Debian did not boot (${state}):\n${output}`);
      await pause();
    }
  }

  /// Runs shell commands in the Debian and returns their output.
  sh(commands) {
    return command('nsenter', ['--all', '--target', String(this.#leader), 'env', '-i', 'LANG=C.UTF-8',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive',
      'sh', '-ec', commands]);
  }

  /// Returns a property of the service.
  async show(property) {
    return (await this.sh(`systemctl show -P ${property} cubestream.service`)).trim();
  }

  /// Waits until the service is active with a process other than `before`. Returns its PID outside the Debian.
  async running(before = undefined) {
    const end = performance.now() + kTimeLimit;
    for (;;) {
      const [state, inner] = await Promise.all([this.show('ActiveState'), this.show('MainPID')]);
      const outer = state === 'active' && this.#outer(inner);
      if (outer && outer !== before) return outer;
      if (performance.now() > end) throw new Error(`the service does not run: ${state}\n${await this.journal()}`);
      await pause();
    }
  }

  /// Returns the outside PID of the process that has the PID `inner` in the Debian.
  #outer(inner) {
    const same = (pid) => {
      try {
        return new RegExp(`^NSpid:\\s+${pid}\\s.*\\s${inner}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false; // it ended meanwhile
      }
    };
    return children(this.#leader).find(same);
  }

  journal() {
    return this.sh('journalctl --no-pager --lines 40 --output cat --unit cubestream.service');
  }

  async end() {
    if (this.#leader) process.kill(this.#leader, 'SIGKILL');
    if (this.#boot && this.#boot.exitCode === null) {
      if (!this.#leader) this.#boot.kill('SIGKILL');
      await once(this.#boot, 'close');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/// Returns the running child processes of `pid`.
function children(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

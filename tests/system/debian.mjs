// SPDX-License-Identifier: MIT
// A Debian of its own, booted with its own systemd; as root.
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

/// Where the bare Debian and what it downloads are kept for the next time.
export const kCache = process.env.SYSTEM_CACHE ?? fileURLToPath(new URL('../../build/system', import.meta.url));
const kBuild = process.env.BUILD ?? fileURLToPath(new URL('../../build/release', import.meta.url));

/// Runs a program to its end: its standard output. Whatever it says is in the error when it fails.
export async function command(program, args, options = {}) {
  try {
    return (await run(program, args, { maxBuffer: 2 ** 24, ...options })).stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}: ${error.stderr || error.stdout || error}`);
  }
}

/// How the versions of the build's packages end, which is the release of Debian that they are for: +deb12.
export const kRelease = /^set\(CPACK_PACKAGE_VERSION "[^+"]*(\+[^"]+)"\)$/m
  .exec(readFileSync(join(kBuild, 'CPackConfig.cmake'), 'utf8'))[1];

/// Packs the build as a Debian package of that version and its own release: its path.
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

  /// With the package under /root, not installed, in that network namespace. All services of its own run.
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
    let said = '';
    for (const stream of [this.#boot.stdout, this.#boot.stderr]) stream.on('data', (text) => { said += text; });
    const end = performance.now() + kTimeLimit;
    for (;;) {
      // unshare, boot.sh, systemd-nspawn and the first process in there, which is up when its systemd says so.
      this.#leader = [1, 2, 3].reduce((pid) => pid && children(pid)[0], this.#boot.pid);
      const state = this.#leader && (await this.sh('systemctl is-system-running --wait').catch(() => ''));
      if (state?.trim() === 'running') return;
      if (this.#boot.exitCode !== null || performance.now() > end)
        throw new Error(`the Debian did not boot (${state}):\n${said}`);
      await pause();
    }
  }

  /// What the shell commands print in there.
  sh(commands) {
    return command('nsenter', ['--all', '--target', String(this.#leader), 'env', '-i', 'LANG=C.UTF-8',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive',
      'sh', '-ec', commands]);
  }

  /// A property of the service.
  async show(property) {
    return (await this.sh(`systemctl show -P ${property} cubestream.service`)).trim();
  }

  /// Until the service is ready and its process another one than `before`, as this machine numbers them: its number.
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

  /// The process that is called `inner` in there.
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

/// The processes that `pid` started and that still run.
function children(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

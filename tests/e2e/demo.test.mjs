// SPDX-License-Identifier: MIT
// scripts/run.sh --demo: the daemon and a program that draws.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pause } from './daemon.mjs';
import { kTimeLimit } from './browser.mjs';

const kScript = fileURLToPath(new URL('../../scripts/run.sh', import.meta.url));
const kBinary = process.env.CUBESTREAMD ?? fileURLToPath(new URL('../../build/release/cubestreamd', import.meta.url));
const kOneColour = 5000; // bytes; a snapshot of one colour is smaller

/// The script with all processes that it starts, in a process group of their own, as in a terminal.
class Run {
  lines = [];
  ended; // a promise of the exit code

  #child;
  #listeners = new Set();

  constructor(args, settings = {}) {
    this.#child = spawn(kScript, args, {
      detached: true,
      env: { ...process.env, CUBESTREAMD: kBinary, CS_HOST: '127.0.0.1', CS_PORT: '0', CS_WIDTH: '640', CS_HEIGHT: '360', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        for (const listen of [...this.#listeners]) listen();
      });
    const kill = () => this.signal('SIGKILL');
    process.on('exit', kill);
    this.ended = once(this.#child, 'close').then(([code]) => code);
    this.ended.then(() => {
      process.off('exit', kill);
      for (const listen of [...this.#listeners]) listen(true);
    });
  }

  /// The match of the first line, past or future.
  line(pattern) {
    return new Promise((resolve, reject) => {
      const done = (act, value) => {
        this.#listeners.delete(look);
        clearTimeout(timer);
        act(value);
      };
      const look = (isOver = false) => {
        const found = this.lines.map((line) => line.match(pattern)).find(Boolean);
        if (found) done(resolve, found);
        else if (isOver) done(reject, new Error(`it ended without ${pattern}:\n${this.lines.join('\n')}`));
      };
      const timer = setTimeout(() => done(reject, new Error(`no line ${pattern}:\n${this.lines.join('\n')}`)), kTimeLimit);
      this.#listeners.add(look);
      look();
    });
  }

  /// To all processes, as Ctrl-C does.
  signal(name) {
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // all have ended
    }
  }

  /// The processes of its group that run.
  left() {
    return readdirSync('/proc').filter((pid) => {
      try {
        const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
        return Number(group) === this.#child.pid && state !== 'Z';
      } catch {
        return false;
      }
    });
  }
}

describe('scripts/run.sh --demo', { timeout: 4 * kTimeLimit }, () => {
  // A terminal that closes sends SIGHUP, at which the daemon alone would only reload its certificate.
  for (const [demo, program, signal] of [['python', 'numpy_plasma.py', 'SIGINT'], ['c', 'plasma', 'SIGINT'], ['c', 'plasma', 'SIGHUP']])
    it(`${demo}: draws, and ends with the daemon at ${signal}`, async () => {
      const run = new Run(['--demo', demo]);
      try {
        const [, url] = await run.line(/open (http:\S+)/);
        await run.line(new RegExp(`source: ${program.replace('.', '\\.')} .* sends 640x360`));
        const get = (path) => fetch(new URL(path, url));
        // A snapshot asks for a frame; the first one may come before it. No event tells a client that there is one.
        const end = performance.now() + kTimeLimit;
        for (let seen; !(seen?.frames >= 1 && seen.ready === 200 && seen.bytes > kOneColour); await pause()) {
          assert.ok(performance.now() < end, `timeout while waiting for a picture; it was ${JSON.stringify(seen)}`);
          const snapshot = await get('snapshot.png');
          assert.equal(snapshot.status, 200);
          const [, frames] = (await (await get('metrics')).text()).match(/^cubestream_producer_frames_total (\d+)$/m);
          seen = { frames: Number(frames), ready: (await get('readyz')).status, bytes: (await snapshot.arrayBuffer()).byteLength };
        }
        run.signal(signal);
        assert.equal(await run.ended, 0, run.lines.join('\n'));
        assert.deepEqual(run.left(), []);
      } finally {
        run.signal('SIGKILL');
      }
    });

  for (const signal of ['SIGTERM', 'SIGHUP'])
    it(`leaves no process behind at ${signal} while it starts`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cubestream-demo-'));
      const daemon = join(folder, 'daemon'); // sends it to the script as early as possible, and survives SIGHUP
      writeFileSync(daemon, `#!/bin/sh\ntrap '' HUP\nkill -${signal.slice(3)} $PPID\nexec sleep 1000\n`, { mode: 0o755 });
      const run = new Run(['--demo', 'python'], { CUBESTREAMD: daemon });
      try {
        assert.equal(await run.ended, 128 + 15, run.lines.join('\n'));
        assert.deepEqual(run.left(), []);
      } finally {
        run.signal('SIGKILL');
        rmSync(folder, { recursive: true });
      }
    });

  it('says that the program that draws has ended, and ends the daemon', async () => {
    const run = new Run(['--demo', 'python'], { PYTHONHOME: '/nonexistent' });
    assert.equal(await run.ended, 1);
    assert.match(run.lines.join('\n'), /^demo: .*(Fatal|error|Error)/m);
    assert.match(run.lines.join('\n'), /^run: the program that draws ended with code 1; .*numpy_plasma\.py/m);
    assert.deepEqual(run.left(), []);
  });

  it('ends with the exit code of a daemon that cannot start', async () => {
    const run = new Run(['--demo', 'python'], { CS_PORT: 'many' });
    assert.equal(await run.ended, 1);
    assert.match(run.lines.join('\n'), /CS_PORT cannot be "many"/);
    assert.deepEqual(run.left(), []);
  });

  for (const [args, words] of [[['--demo'], /needs the name/], [['--demo', 'ruby'], /there is no demo "ruby"/],
    [['--demo', 'c', '--check'], /no further arguments/]])
    it(`refuses "${args.join(' ')}" in words`, async () => {
      const run = new Run(args);
      assert.equal(await run.ended, 2);
      assert.match(run.lines.join('\n'), words);
      assert.match(run.lines.join('\n'), /^usage: scripts\/run\.sh --demo python\|c$/m);
    });
});

// SPDX-License-Identifier: MIT
// Socket activation by systemd, and --health.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSmall, pause, run } from './daemon.mjs';

/// Starts the server as systemd does, with the listening socket as descriptor 3.
const kHandOver = ['sh', '-c', 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@"'];

test('an inherited socket is used, and a request that arrived before the start is answered', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const starting = Daemon.start({ ...kSmall, CS_HOST: '192.0.2.1', CS_PORT: '1' }, { inside: kHandOver, handed: server._handle.fd });
  server.close(); // our copy; the server has its own
  const early = fetch(`http://127.0.0.1:${port}/healthz`);
  const daemon = await starting;
  try {
    assert.equal(await (await early).text(), 'ok\n');
    assert.equal(daemon.url, `http://127.0.0.1:${port}/`);
    await daemon.line(new RegExp(`listening on 127\\.0\\.0\\.1:${port}, .*CS_HOST and CS_PORT are not used`));
  } finally {
    assert.equal((await daemon.stop()).code, 0);
  }
});

describe('a socket for frames from systemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  const path = join(folder, 'frames.sock');
  after(() => rmSync(folder, { recursive: true }));

  /// Starts the server with a socket for frames at `path` as this descriptor, after those that it got already.
  const handOver = (descriptor) => ['python3', '-c', `
import os, socket, sys
if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
frames = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
frames.bind(sys.argv[1])
frames.listen()
os.dup2(frames.fileno(), ${descriptor})
os.set_inheritable(${descriptor}, True)
os.environ.update(LISTEN_FDS="${descriptor - 2}", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="x" + ":x" * ${descriptor - 3})
os.execv(sys.argv[2], sys.argv[2:])`, path];

  it('is used beside the socket for the page, and stays when the server ends', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const starting = Daemon.start({ ...kSmall, CS_SCENE: 'external' }, { inside: handOver(4), handed: server._handle.fd });
    server.close(); // our copy; the server has its own
    const daemon = await starting;
    let producer;
    try {
      assert.equal(daemon.url, `http://127.0.0.1:${port}/`);
      await daemon.line(new RegExp(`waiting for a program that draws at ${path}, a socket from systemd`));
      const module = fileURLToPath(new URL('../../clients/python', import.meta.url));
      producer = spawn('setpriv', ['--pdeathsig', 'KILL', 'python3', '-c',
        'import cubestream, sys\nwith cubestream.connect(sys.argv[1], name="from the test") as screen: next(screen)', path],
        { env: { ...process.env, PYTHONPATH: module, PYTHONDONTWRITEBYTECODE: '1' }, stdio: ['ignore', 'ignore', 'inherit'] });
      await daemon.line(/from the test .*sends 640x360/);
      const end = performance.now() + kTimeLimit;
      for (let ready; ready?.status !== 200; await pause()) { // there is no event
        assert.ok(performance.now() < end, `timeout while waiting for: ready; it was ${ready?.text}\n${daemon.tail()}`);
        ready = await daemon.get('readyz');
      }
    } finally {
      producer?.kill('SIGKILL');
      assert.equal((await daemon.stop()).code, 0);
    }
    assert.ok(existsSync(path), 'systemd keeps the socket for the next start');
  });

  it('is a warning if the server draws itself', async () => {
    const daemon = await Daemon.start(kSmall, { inside: handOver(3) });
    const { level } = await daemon.line(new RegExp(`the socket ${path} from systemd is not used, since CS_SCENE=cube.*set CS_SCENE=external`));
    assert.match(level, /^warn/);
    assert.equal((await daemon.stop()).code, 0);
  });

  it('is described by --check', async () => {
    const { out } = await run({ CS_SCENE: 'external', CS_HOST: '127.0.0.1', CS_PORT: '0' }, ['--check'], handOver(3));
    assert.match(out, new RegExp(`^ok +frame socket +systemd passes the socket ${path}; allowed to draw: `, 'm'));
    assert.doesNotMatch(out, /^\S+ +drawing /m);
  });

  it('keeps the server from starting if it is of another kind', async () => {
    const other = handOver(3).map((text) => text.replace('SOCK_SEQPACKET', 'SOCK_STREAM'));
    const { code, err } = await run({ CS_SCENE: 'external', CS_HOST: '127.0.0.1', CS_PORT: '0' }, [], other);
    assert.equal(code, 1);
    assert.match(err, /the socket "x" from systemd is neither .*ListenSequentialPacket= with a path/);
  });
});

test('--health checks the server that runs with these settings', async () => {
  const daemon = await Daemon.start(kSmall);
  const settings = { CS_HOST: '127.0.0.1', CS_PORT: daemon.port };
  assert.deepEqual(await run(settings, ['--health']).then(({ code, err }) => ({ code, err })), { code: 0, err: '' });
  await daemon.stop();
  const { code, err } = await run(settings, ['--health']);
  assert.equal(code, 1);
  assert.match(err, /is not healthy: Connection refused/);
});

test('--health names an invalid setting', async () => {
  const { code, err } = await run({ CS_PORT: 'many' }, ['--health']);
  assert.equal(code, 1);
  assert.match(err, /CS_PORT/);
});

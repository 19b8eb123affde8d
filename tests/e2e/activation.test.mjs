// SPDX-License-Identifier: MIT
// Socket activation by systemd, and --health.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Daemon, kSmall, run } from './daemon.mjs';

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

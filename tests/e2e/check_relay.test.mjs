// SPDX-License-Identifier: MIT
// `cubestreamd --check` against STUN and TURN servers: a real coturn, and sockets that are no such servers.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { kTimeLimit } from './browser.mjs';
import { check, expect } from './check.mjs';
import { freePort } from './ports.mjs';

const kClockBehind = process.env.CUBESTREAM_CLOCK_BEHIND ??
  new URL('../../build/release/tests/libclock_behind.so', import.meta.url).pathname;

describe('STUN and TURN', { timeout: 5 * kTimeLimit }, () => {
  const kUser = 'viewer@home';
  const kPassword = 'p@ss/w:rd?#%41 &"+\\';
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-turn-'));
  const kSecret = 'turn-secret-4711-0123456789abcdef';
  let port;
  let tlsPort;
  let secretPort; // of the server with static-auth-secret instead of users
  const servers = [];

  async function startServer(...options) {
    const own = join(folder, `server${servers.length}`);
    const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'turnserver', '-n', '--no-cli', '--no-dtls',
      '--log-file=stdout', '--verbose', `--pidfile=${own}.pid`, `--userdb=${own}.db`, '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', '--realm=cubestream', ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(server);
    await new Promise((resolve, reject) => {
      createInterface({ input: server.stdout }).on('line', (line) => /Total General servers/.test(line) && resolve());
      server.on('close', () => reject(new Error('turnserver ended')));
    });
    server.removeAllListeners('close');
  }

  before(async () => {
    [port, tlsPort] = [await freePort(), await freePort()];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost',
      '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')], { stdio: 'ignore' });
    await startServer(`--listening-port=${port}`, `--tls-listening-port=${tlsPort}`, '--lt-cred-mech',
      `--user=${kUser}:${kPassword}`, `--cert=${join(folder, 'cert.pem')}`, `--pkey=${join(folder, 'key.pem')}`);
    secretPort = await freePort();
    await startServer(`--listening-port=${secretPort}`, '--no-tls', '--use-auth-secret',
      `--static-auth-secret=${kSecret}`);
  });
  after(async () => {
    for (const server of servers) {
      server.kill('SIGKILL');
      await once(server, 'close');
    }
    rmSync(folder, { recursive: true });
  });

  const turn = async (uri, password = kPassword) => {
    const found = await check({ CS_TURN_SERVER: uri, CS_TURN_USER: kUser, CS_TURN_PASS: password });
    assert.ok(!JSON.stringify(found).includes(JSON.stringify(password).slice(1, -1)), 'the output contains the password');
    return found;
  };

  it('the check of a STUN server reports the public address', async () => {
    expect(await check({ CS_STUN_SERVER: `stun://127.0.0.1:${port}` }), 'stun', 'ok', /sees this machine as 127\.0\.0\.1:\d+/);
  });

  it('the check allocates a relay by UDP and by TCP', async () => {
    expect(await turn(`turn://127.0.0.1:${port}`), 'turn', 'ok', /allocated the relay 127\.0\.0\.1:\d+ via UDP/);
    expect(await turn(`turn://localhost:${port}?transport=tcp`), 'turn', 'ok', /the relay 127\.0\.0\.1:\d+ via TCP/);
  });

  it('a wrong password fails the check', async () => {
    expect(await turn(`turn://127.0.0.1:${port}`, 'wrong-secret'), 'turn', 'failed',
      /rejects user and password \(401\); check CS_TURN_USER and CS_TURN_PASS/);
  });

  describe('with a secret', () => {
    const turnBy = async (settings) => {
      const found = await check({ CS_TURN_SERVER: `turn://127.0.0.1:${secretPort}`, ...settings });
      assert.doesNotMatch(JSON.stringify(found), /-secret-4711/);
      return found;
    };

    it('the check allocates a relay', async () => {
      const file = join(folder, 'secret');
      writeFileSync(file, `${kSecret}\n`);
      for (const settings of [{ CS_TURN_SECRET: kSecret }, { CS_TURN_SECRET_FILE: file }])
        expect(await turnBy(settings), 'turn', 'ok', /allocated the relay 127\.0\.0\.1:\d+ via UDP/);
    });

    it('a wrong secret fails the check', async () => {
      expect(await turnBy({ CS_TURN_SECRET: 'wrong-secret-4711-0123' }), 'turn', 'failed',
        /rejects user and password \(401\); CS_TURN_SECRET .* must hold its static-auth-secret, /);
    });

    it('a clock that is behind is reported', async () => {
      const found = await turnBy({
        CS_TURN_SECRET: kSecret, LD_PRELOAD: kClockBehind,
        ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
      });
      expect(found, 'turn', 'failed', /have expired by the clock of the server, but are valid .* by the clock of this machine \([-\d]{10} \d\d:\d\d UTC\)/);
    });
  });

  it('an untrusted certificate fails the check', async () => {
    expect(await turn(`turns://127.0.0.1:${tlsPort}`), 'turn', 'failed', /via TLS over TCP: its TLS certificate is not valid/);
  });

  it('a closed port fails the check', async () => {
    const closed = await freePort();
    expect(await check({ CS_STUN_SERVER: `stun://127.0.0.1:${closed}` }), 'stun', 'failed', /no server listens there/);
    expect(await turn(`turn://127.0.0.1:${closed}?transport=tcp`), 'turn', 'failed', /no server listens there/);
  });

  it('an unknown host name fails the check', async () => {
    expect(await turn('turn://unknown.invalid:3478'), 'turn', 'failed', /unknown\.invalid/);
  });

  it('a server that never answers fails the check', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const uri = `turn://127.0.0.1:${silent.address().port}`;
    expect(await turn(uri), 'turn', 'failed', /no answer came in time/);
    silent.close();
  });

  it('a server with another protocol fails the check', async () => {
    const other = createSocket('udp4');
    other.on('message', (_, from) => other.send('hello', from.port, from.address));
    other.bind(0, '127.0.0.1');
    await once(other, 'listening');
    const found = await check({ CS_STUN_SERVER: `stun://127.0.0.1:${other.address().port}` });
    other.close();
    expect(found, 'stun', 'failed', /the answer is not a valid STUN message/);
  });
});

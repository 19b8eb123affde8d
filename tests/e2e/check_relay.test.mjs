// SPDX-License-Identifier: MIT
// `cubestreamd --check` against STUN and TURN servers of all kinds: a real coturn, and what is none.
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
  let secretPort; // of the one that knows no user, but the secret
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
    assert.ok(!JSON.stringify(found).includes(JSON.stringify(password).slice(1, -1)), 'it tells the password');
    return found;
  };

  it('a STUN server says which address it sees', async () => {
    expect(await check({ CS_STUN_SERVER: `stun://127.0.0.1:${port}` }), 'stun', 'ok', /sees us as 127\.0\.0\.1:\d+/);
  });

  it('a relay is really taken, by UDP and by TCP', async () => {
    expect(await turn(`turn://127.0.0.1:${port}`), 'turn', 'ok', /gave us the relay 127\.0\.0\.1:\d+ by UDP/);
    expect(await turn(`turn://localhost:${port}?transport=tcp`), 'turn', 'ok', /the relay 127\.0\.0\.1:\d+ by TCP/);
  });

  it('a wrong password', async () => {
    expect(await turn(`turn://127.0.0.1:${port}`, 'wrong-secret'), 'turn', 'failed',
      /refuses user and password \(401\); check CS_TURN_USER and CS_TURN_PASS/);
  });

  describe('with a secret', () => {
    const turnBy = async (settings) => {
      const found = await check({ CS_TURN_SERVER: `turn://127.0.0.1:${secretPort}`, ...settings });
      assert.doesNotMatch(JSON.stringify(found), /-secret-4711/);
      return found;
    };

    it('a relay is really taken', async () => {
      const file = join(folder, 'secret');
      writeFileSync(file, `${kSecret}\n`);
      for (const settings of [{ CS_TURN_SECRET: kSecret }, { CS_TURN_SECRET_FILE: file }])
        expect(await turnBy(settings), 'turn', 'ok', /gave us the relay 127\.0\.0\.1:\d+ by UDP/);
    });

    it('a wrong one', async () => {
      expect(await turnBy({ CS_TURN_SECRET: 'wrong-secret-4711-0123' }), 'turn', 'failed',
        /refuses user and password \(401\); the secret of CS_TURN_SECRET .* must be its static-auth-secret, /);
    });

    it('a clock that is behind', async () => {
      const found = await turnBy({
        CS_TURN_SECRET: kSecret, LD_PRELOAD: kClockBehind,
        ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
      });
      expect(found, 'turn', 'failed', /have expired by its clock, though by ours \([-\d]{10} \d\d:\d\d UTC\)/);
    });
  });

  it('a certificate that nobody trusts', async () => {
    expect(await turn(`turns://127.0.0.1:${tlsPort}`), 'turn', 'failed', /by TLS over TCP: its TLS certificate is not good/);
  });

  it('nobody who listens', async () => {
    const nobody = await freePort();
    expect(await check({ CS_STUN_SERVER: `stun://127.0.0.1:${nobody}` }), 'stun', 'failed', /nobody listens there/);
    expect(await turn(`turn://127.0.0.1:${nobody}?transport=tcp`), 'turn', 'failed', /nobody listens there/);
  });

  it('a name that nobody knows', async () => {
    expect(await turn('turn://nobody.invalid:3478'), 'turn', 'failed', /nobody\.invalid/);
  });

  it('one that never answers', async () => {
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const uri = `turn://127.0.0.1:${silent.address().port}`;
    expect(await turn(uri), 'turn', 'failed', /no answer came in time/);
    silent.close();
  });

  it('one that speaks something else', async () => {
    const other = createSocket('udp4');
    other.on('message', (_, from) => other.send('hello', from.port, from.address));
    other.bind(0, '127.0.0.1');
    await once(other, 'listening');
    const found = await check({ CS_STUN_SERVER: `stun://127.0.0.1:${other.address().port}` });
    other.close();
    expect(found, 'stun', 'failed', /what answers there is no such server/);
  });
});

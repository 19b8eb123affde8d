// SPDX-License-Identifier: MIT
// `cubestreamd --check` against what it is to find: ports in use, servers of all kinds, drivers that misbehave.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it, test } from 'node:test';
import { kPatience } from './browser.mjs';
import { kSlowness, run } from './daemon.mjs';
import { fakeEncoders } from './fakes.mjs';

/// {code, ms, good, checks by name, settings}
async function check(settings) {
  const { code, out, err, ms } = await run({ CS_HOST: '127.0.0.1', CS_PORT: '0', ...settings }, ['--check=json']);
  let document;
  try {
    document = JSON.parse(out);
  } catch {
    throw new Error(`no JSON (exit code ${code}):\n${out}\n${err}`);
  }
  assert.equal(code, document.good ? 0 : 1);
  return { code, ms, ...document, checks: Object.fromEntries(document.checks.map((each) => [each.name, each])) };
}

function expect({ checks }, name, verdict, sentence = /./) {
  assert.equal(checks[name]?.verdict, verdict, JSON.stringify(checks[name]));
  assert.match(checks[name].sentence, sentence);
}

test('a machine that is good: a table for people, 0, and which settings differ', async () => {
  const { code, out } = await run({ CS_HOST: '127.0.0.1', CS_PORT: '0', CS_FPS: '25' }, ['--check']);
  assert.equal(code, 0, out);
  assert.match(out, /^ok +settings +are good$/m);
  assert.match(out, /^ok +port +nobody else listens on 127\.0\.0\.1:\d+$/m);
  assert.match(out, /^ok +drawing +\S.*; [\d.]+ ms for a picture/m);
  assert.match(out, /^- +nvh264enc +is not here: /m);
  assert.match(out, /^(ok|warning) +x264enc +works, [\d.]+ ms for a picture/m);
  assert.match(out, /^ok +encoders +H264 by x264enc, VP8 by vp8enc$/m);
  assert.match(out, /^- +turn +CS_TURN_SERVER is not set$/m);
  assert.match(out, /^CS_FPS=25$/m);
});

test('the same for machines', async () => {
  const found = await check({});
  assert.equal(found.good, true);
  expect(found, 'drawing', 'ok');
  assert.ok(found.checks.drawing.figures.picture_ms > 0);
  assert.ok(found.checks.x264enc.figures.picture_ms > 0);
  assert.equal(found.settings.CS_HOST, '127.0.0.1');
});

test('wrong settings are a failure, and what does not depend on them is checked all the same', async () => {
  const found = await check({ CS_PORT: 'http', CS_WIDTH: '641' });
  expect(found, 'settings', 'failed', /CS_WIDTH cannot be "641"/);
  expect(found, 'settings', 'failed', /CS_PORT cannot be "http"/);
  expect(found, 'port', 'skipped', /CS_PORT is wrong/);
  expect(found, 'drawing', 'skipped', /CS_WIDTH is wrong/);
  expect(found, 'encoders', 'skipped', /CS_WIDTH is wrong/);
  expect(found, 'plug-ins', 'ok');
  expect(found, 'descriptors', 'ok');
});

test('a misspelt setting is a warning', async () => {
  expect(await check({ CS_BITRATE: '1' }), 'settings', 'warning', /did you mean CS_BITRATE_KBPS/);
});

test('a port in use', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  const found = await check({ CS_PORT: String(port) });
  holder.close();
  expect(found, 'port', 'failed', /cannot listen on .*: address already in use.*runs already/);
});

test('ports for pictures that are taken', async () => {
  const holder = createSocket('udp4');
  holder.bind(0, '0.0.0.0');
  await once(holder, 'listening');
  const port = String(holder.address().port);
  const found = await check({ CS_ICE_PORT_MIN: port, CS_ICE_PORT_MAX: port, CS_ICE_TCP: 'off', CS_MAX_VIEWERS: '1' });
  holder.close();
  expect(found, 'ice ports', 'failed', /0 of the 1 from \d+ to \d+ are free/);
});

test('too few file descriptors', async () => {
  const found = await check({ CS_MAX_VIEWERS: '1000' });
  const { descriptors } = found.checks.descriptors.figures;
  expect(found, 'descriptors', descriptors < 1000 * 12 ? 'warning' : 'ok');
});

describe('without what it needs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  after(() => rmSync(folder, { recursive: true }));

  it('of EGL: the sentence names the packages', async () => {
    const found = await check({ __EGL_VENDOR_LIBRARY_DIRS: folder });
    expect(found, 'drawing', 'failed', /EGL.*libegl-mesa0/);
    expect(found, 'encoders', 'ok');
  });

  it('of GStreamer: the sentence names the packages', async () => {
    const found = await check({ GST_PLUGIN_SYSTEM_PATH_1_0: folder, GST_REGISTRY_1_0: join(folder, 'registry.bin') });
    expect(found, 'plug-ins', 'failed', /"webrtcbin".*gstreamer1\.0-plugins-bad/);
    expect(found, 'encoders', 'failed', /nothing can be encoded/);
    expect(found, 'x264enc', 'skipped', /is not installed \(package gstreamer1\.0-plugins-ugly\)/);
  });
});

describe('drivers that misbehave', { timeout: 5 * kPatience }, () => {
  let fakes;
  before(() => { fakes = fakeEncoders(); });
  after(() => fakes.end());

  it('are named with what they did, cost little time, and leave no process', async () => {
    const settings = fakes.settings({
      nvcudah264enc: 'hang-start', nvautogpuh264enc: 'crash', nvh264enc: 'no-device', vah264enc: 'delta-first',
      vah264lpenc: 'works',
    });
    const found = await check(settings);
    expect(found, 'nvcudah264enc', 'warning', /does not work: it did not answer within \d s/);
    expect(found, 'nvautogpuh264enc', 'warning', /it crashed \(SIGSEGV\)/);
    expect(found, 'nvh264enc', 'warning', /Cannot open the device/);
    expect(found, 'vah264enc', 'warning', /its first picture is no keyframe/);
    expect(found, 'vah264lpenc', found.checks.vah264lpenc.verdict, /works, [\d.]+ ms/);
    expect(found, 'encoders', 'ok', /H264 by vah264lpenc/);
    expect(found, 'x264enc', found.checks.x264enc.verdict, /works/);
    assert.equal(found.good, true, 'the service would start with another');
    assert.ok(found.ms < 20_000 * kSlowness, `it took ${found.ms} ms`);
    const left = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(settings.GST_REGISTRY);
      } catch {
        return false; // it has ended meanwhile
      }
    });
    assert.deepEqual(left, []);
  });

  it('fail the check where CS_ENCODER asks for them', async () => {
    const found = await check({ ...fakes.settings({ vah264enc: 'crash' }), CS_ENCODER: 'vah264enc' });
    expect(found, 'vah264enc', 'failed', /it crashed \(SIGSEGV\); set CS_ENCODER=auto/);
    assert.equal(found.good, false);
  });
});

const kClockBehind = process.env.CUBESTREAM_CLOCK_BEHIND ??
  new URL('../../build/release/tests/libclock_behind.so', import.meta.url).pathname;

describe('STUN and TURN', { timeout: 5 * kPatience }, () => {
  const kUser = 'viewer@home';
  const kPassword = 'p@ss/w:rd?#%41 &"+\\';
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-turn-'));
  const kSecret = 'turn-secret-4711-0123456789abcdef';
  let port;
  let tlsPort;
  let secretPort; // of the one that knows no user, but the secret
  const servers = [];

  async function freePort() {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port: found } = probe.address();
    probe.close();
    return found;
  }

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

// SPDX-License-Identifier: MIT
// `cubestreamd --check` with ports in use, missing packages and misbehaving drivers.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { kTimeLimit } from './browser.mjs';
import { check, expect } from './check.mjs';
import { Daemon, kSlowness, kSmall, run } from './daemon.mjs';
import { fakeEncoders } from './fakes.mjs';

const kSlow = { CS_FPS: '5' }; // so that even a busy machine is fast enough

test('a good machine gives a text table, exit code 0 and the changed settings', async () => {
  const { code, out } = await run({ CS_HOST: '127.0.0.1', CS_PORT: '0', ...kSlow }, ['--check']);
  assert.equal(code, 0, out);
  assert.match(out, /^ok +settings +are good$/m);
  assert.match(out, /^ok +port +can listen on 127\.0\.0\.1:\d+$/m);
  assert.match(out, /^ok +drawing +\S.*; [\d.]+ ms per frame/m);
  assert.match(out, /^- +nvh264enc +is not available: /m);
  assert.match(out, /^(ok|warning) +x264enc +works, [\d.]+ ms per frame/m);
  assert.match(out, /^ok +encoders +H264 by x264enc, VP8 by vp8enc\b/m);
  assert.match(out, /^- +turn +CS_TURN_SERVER is not set$/m);
  assert.match(out, /^CS_FPS=5$/m);
});

test('--check=json gives the same as JSON', async () => {
  const found = await check(kSlow);
  assert.equal(found.good, true);
  expect(found, 'drawing', 'ok');
  assert.ok(found.checks.drawing.figures.picture_ms > 0);
  assert.ok(found.checks.x264enc.figures.picture_ms > 0);
  assert.equal(found.settings.CS_HOST, '127.0.0.1');
});

test('invalid settings fail the check, and checks that do not depend on them still run', async () => {
  const found = await check({ CS_PORT: 'http', CS_WIDTH: '641' });
  expect(found, 'settings', 'failed', /CS_WIDTH cannot be "641"/);
  expect(found, 'settings', 'failed', /CS_PORT cannot be "http"/);
  expect(found, 'port', 'skipped', /CS_PORT is wrong/);
  expect(found, 'drawing', 'skipped', /CS_WIDTH is wrong/);
  expect(found, 'encoders', 'skipped', /CS_WIDTH is wrong/);
  expect(found, 'plug-ins', 'ok');
  expect(found, 'descriptors', 'ok');
});

test('a misspelt setting gives a warning', async () => {
  expect(await check({ CS_BITRATE: '1' }), 'settings', 'warning', /did you mean CS_BITRATE_KBPS/);
});

test('a port in use fails the check', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  const found = await check({ CS_PORT: String(port) });
  holder.close();
  expect(found, 'port', 'failed', /cannot listen on .*: address already in use.*already running/);
});

test('occupied ICE ports fail the check', async () => {
  const holder = createSocket('udp4');
  holder.bind(0, '0.0.0.0');
  await once(holder, 'listening');
  const port = String(holder.address().port);
  const found = await check({ CS_ICE_PORT_MIN: port, CS_ICE_PORT_MAX: port, CS_ICE_TCP: 'off', CS_MAX_VIEWERS: '1' });
  holder.close();
  expect(found, 'ice ports', 'failed', /0 of 1 ports from \d+ to \d+ are free/);
});

test('too few file descriptors give a warning', async () => {
  const found = await check({ CS_MAX_VIEWERS: '1000' });
  const { descriptors } = found.checks.descriptors.figures;
  expect(found, 'descriptors', descriptors < 1000 * 12 ? 'warning' : 'ok');
});

describe('the socket for a program that draws', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  const settings = { CS_SCENE: 'external', CS_SCENE_SOCKET: join(folder, 'frames.sock') };
  after(() => rmSync(folder, { recursive: true }));

  it('is checked instead of drawing, and is not made', async () => {
    const found = await check({ ...settings, __EGL_VENDOR_LIBRARY_DIRS: folder }); // EGL is not needed
    expect(found, 'frame socket', found.checks['frame socket'].verdict, /can be made at .*; allowed to draw: user .* mode 0660/);
    assert.equal(found.good, true, JSON.stringify(found.checks));
    assert.equal(found.checks.drawing, undefined);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('fails the check where it cannot be made', async () => {
    const path = join(folder, 'no', 'such', 'frames.sock');
    expect(await check({ ...settings, CS_SCENE_SOCKET: path }), 'frame socket', 'failed', /No such file.*set CS_SCENE_SOCKET/);
  });

  it('of a running daemon fails the check of another, and the daemon does not notice', async () => {
    const daemon = await Daemon.start({ ...kSmall, ...settings });
    try {
      expect(await check(settings), 'frame socket', 'failed',
        new RegExp(`cubestreamd \\(process ${daemon.pid}\\) listens at .* already`));
      const metrics = await daemon.metrics();
      assert.equal(metrics.producer_connected, 0);
      assert.equal(metrics.producers_refused_total, 0);
      assert.deepEqual(daemon.log.filter(({ message }) => /is connected|is gone/.test(message)), []);
    } finally {
      await daemon.stop();
    }
  });
});

describe('missing dependencies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  after(() => rmSync(folder, { recursive: true }));

  it('of EGL are reported with the packages to install', async () => {
    const found = await check({ __EGL_VENDOR_LIBRARY_DIRS: folder });
    expect(found, 'drawing', 'failed', /EGL.*libegl-mesa0/);
    expect(found, 'encoders', 'ok');
  });

  it('of GStreamer are reported with the packages to install', async () => {
    const found = await check({ GST_PLUGIN_SYSTEM_PATH_1_0: folder, GST_REGISTRY_1_0: join(folder, 'registry.bin') });
    expect(found, 'plug-ins', 'failed', /"webrtcbin".*gstreamer1\.0-plugins-bad/);
    expect(found, 'encoders', 'failed', /nothing can be encoded/);
    expect(found, 'x264enc', 'skipped', /is not installed \(package gstreamer1\.0-plugins-ugly\)/);
  });
});

describe('misbehaving drivers', { timeout: 5 * kTimeLimit }, () => {
  let fakes;
  before(() => { fakes = fakeEncoders(); });
  after(() => fakes.end());

  it('are reported with the reason, cost little time, and leave no process', async () => {
    const settings = fakes.settings({
      nvcudah264enc: 'hang-start', nvautogpuh264enc: 'crash', nvh264enc: 'no-device', vah264enc: 'delta-first',
      vah264lpenc: 'works',
    });
    const found = await check(settings);
    expect(found, 'nvcudah264enc', 'warning', /does not work: it did not answer within \d s/);
    expect(found, 'nvautogpuh264enc', 'warning', /it crashed \(SIGSEGV\)/);
    expect(found, 'nvh264enc', 'warning', /Cannot open the device/);
    expect(found, 'vah264enc', 'warning', /its first frame is not a keyframe/);
    expect(found, 'vah264lpenc', found.checks.vah264lpenc.verdict, /works, [\d.]+ ms/);
    expect(found, 'encoders', 'ok', /H264 by vah264lpenc/);
    expect(found, 'x264enc', found.checks.x264enc.verdict, /works/);
    assert.equal(found.good, true, 'the server can start with another encoder');
    assert.ok(found.ms < 20_000 * kSlowness, `it took ${found.ms} ms`);
    const left = readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(settings.GST_REGISTRY);
      } catch {
        return false; // it has just ended
      }
    });
    assert.deepEqual(left, []);
  });

  it('fail the check when CS_ENCODER selects them', async () => {
    const found = await check({ ...fakes.settings({ vah264enc: 'crash' }), CS_ENCODER: 'vah264enc' });
    expect(found, 'vah264enc', 'failed', /it crashed \(SIGSEGV\); set CS_ENCODER=auto/);
    assert.equal(found.good, false);
  });
});

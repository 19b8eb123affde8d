// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Daemon, kSlowness, kSmall, run } from './daemon.mjs';
import { freePort } from './ports.mjs';

const kSoon = 30_000 * kSlowness; // milliseconds; detects a hang only, bench/ measures

/// The lines of the log.
const lines = (text) => text.trim().split('\n');

test('a port in use ends the server with one error that names the remedy', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address();
  const { code, err, ms } = await run({ ...kSmall, CS_HOST: '127.0.0.1', CS_PORT: String(port) });
  holder.close();
  assert.equal(code, 1);
  const errors = lines(err).filter((line) => / error /.test(line));
  assert.equal(errors.length, 1, err);
  assert.match(errors[0], new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: .*; .*CS_PORT`));
  assert.ok(ms < kSoon, `it took ${ms} ms`);
});

/// Runs the server with an empty temporary folder, and expects exit code 1 and this single error.
async function refusesToStart(environment, sentence) {
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  const { code, err, ms } = await run({ ...kSmall, CS_PORT: '0', ...environment(folder) });
  rmSync(folder, { recursive: true });
  assert.equal(code, 1, err);
  const errors = lines(err).filter((line) => / error /.test(line));
  assert.equal(errors.length, 1, err);
  assert.match(errors[0], sentence);
  assert.ok(ms < kSoon, `it took ${ms} ms`);
}

test('missing GStreamer plug-ins end the server with one error that names the packages', () =>
  refusesToStart((folder) => ({
    GST_PLUGIN_SYSTEM_PATH_1_0: folder,
    GST_REGISTRY_1_0: join(folder, 'registry.bin'),
  }), /GStreamer has no .*"webrtcbin".*; install the Debian packages .*gstreamer1\.0-plugins-bad/));

test('missing EGL drivers end the server with one error that names the packages', () =>
  refusesToStart((folder) => ({ __EGL_VENDOR_LIBRARY_DIRS: folder }), /EGL.*libegl-mesa0/));

test('a second server on the same port does not start', async () => {
  const daemon = await Daemon.start(kSmall);
  const { code, err } = await run({ ...kSmall, CS_HOST: '127.0.0.1', CS_PORT: daemon.port });
  assert.equal(code, 1, err);
  assert.equal((await daemon.stop()).code, 0);
});

test('all invalid settings are reported at once with name and value, and the server does not start', async () => {
  const { code, err, ms } = await run({ CS_PORT: '99999', CS_WIDTH: '641', CS_FPS: 'many', CS_ENCODER: 'mpeg1' });
  assert.equal(code, 1);
  const errors = lines(err).filter((line) => / error /.test(line));
  assert.equal(errors.length, 4, err);
  for (const [i, words] of [['CS_PORT', '99999'], ['CS_WIDTH', '641'], ['CS_FPS', 'many'], ['CS_ENCODER', 'mpeg1']].entries())
    assert.ok(errors.some((line) => words.every((word) => line.includes(word))), `${i}: ${words}\n${err}`);
  assert.ok(ms < kSoon, `it took ${ms} ms`);
});

test('a misspelt setting gives a warning with the nearest name', async () => {
  const daemon = await Daemon.start({ ...kSmall, CS_BITRATE: '100' });
  const { level, message } = await daemon.line(/CS_BITRATE /);
  assert.equal(level, 'warning');
  assert.match(message, /CS_BITRATE_KBPS/);
  assert.equal((await daemon.stop()).code, 0);
});

test('--help lists every setting', async () => {
  const { code, out } = await run({}, ['--help']);
  assert.equal(code, 0);
  for (const name of ['CS_HOST', 'CS_PORT', 'CS_WIDTH', 'CS_HEIGHT', 'CS_FPS', 'CS_BITRATE_KBPS', 'CS_STUN_SERVER',
    'CS_TURN_SERVER', 'CS_TURN_USER', 'CS_TURN_PASS', 'CS_MAX_VIEWERS', 'CS_ENCODER', 'CS_SCENE', 'CS_LOG_LEVEL',
    'CS_LOG_FORMAT'])
    assert.match(out, new RegExp(`\\b${name}\\b`));
});

test('--version prints the program name and the version', async () => {
  const { code, out } = await run({}, ['--version']);
  assert.equal(code, 0);
  assert.match(out, /^cubestreamd \d+\.\d+\.\d+\n$/);
});

test('an unknown argument gives exit code 2', async () => {
  const { code, err } = await run({}, ['--fullscreen']);
  assert.equal(code, 2);
  assert.match(err, /--fullscreen.*--help/);
});

test('a text log has one line for each event, with level and name', async () => {
  const daemon = await Daemon.start({ ...kSmall, CS_LOG_FORMAT: 'text' });
  assert.match((await daemon.line(/open http/)).message, /^\d{4}-\d\d-\d\d [\d:.]+ info +main: open http:\/\/127\.0\.0\.1:\d+\//);
  assert.equal((await daemon.stop()).code, 0);
});

// Otherwise the first files that it opens get these descriptors, and the log is written into them.
test('closed standard streams are replaced by /dev/null', async () => {
  const settings = { ...kSmall, CS_PORT: String(await freePort()), CS_LOG_LEVEL: 'warn' };
  const daemon = await Daemon.start(settings, { inside: ['sh', '-c', 'exec "$0" <&- >&- 2>&-'] });
  let exit;
  try {
    assert.deepEqual([0, 1, 2].map((fd) => readlinkSync(`/proc/${daemon.pid}/fd/${fd}`)), Array(3).fill('/dev/null'));
    assert.equal((await daemon.get('healthz')).text, 'ok\n');
  } finally {
    exit = await daemon.stop();
  }
  assert.deepEqual({ code: exit.code, signal: exit.signal }, { code: 0, signal: null });
});

test('GLib before 2.76 runs with G_SLICE=always-malloc, and the process keeps its name', async () => {
  const daemon = await Daemon.start(kSmall);
  try {
    const of = (file) => readFileSync(`/proc/${daemon.pid}/${file}`, 'latin1');
    const minor = Math.floor(Number(of('maps').match(/libglib-2\.0\.so\.0\.(\d+)\.\d+/)[1]) / 100);
    assert.equal(of('environ').split('\0').includes('G_SLICE=always-malloc'), minor < 76, `GLib 2.${minor}`);
    assert.equal(of('comm'), 'cubestreamd\n');
  } finally {
    await daemon.stop();
  }
});

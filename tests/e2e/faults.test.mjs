// SPDX-License-Identifier: MIT
// Faults injected by tests/fakes/faults.cpp while a viewer watches.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import WebSocket from 'ws';
import { kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon, kSmall, run } from './daemon.mjs';
import { Receivers } from './receivers.mjs';

const library = process.env.CUBESTREAM_FAULTS ?? new URL('../../build/release/tests/libfaults.so', import.meta.url).pathname;
const kHour = 3600;
const kTooFew = 6; // descriptors, enough for the WebSocket and not for the picture
const kEnough = 200;

/// Sets the descriptor limit of the process so that `count` descriptors are free.
function letHaveFreeDescriptors(pid, count) {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < count; ++limit) if (!used.has(limit)) ++free;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}

describe('with a viewer', { timeout: 5 * kTimeLimit }, () => {
  let browser;
  let faults; // a folder
  let daemon;
  let page;
  before(async () => {
    assert.ok(existsSync(library), `${library} is missing; CUBESTREAM_FAULTS names it`);
    browser = await launchBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    faults = mkdtempSync(join(tmpdir(), 'faults-'));
    daemon = await Daemon.start({
      ...kSmall,
      LD_PRELOAD: library,
      FAKE_FAULTS: faults,
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
      CS_RECORD_DIR: faults,
    });
    page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    await morePictures(page, 15);
  });
  afterEach(async () => {
    await page?.context().close();
    const { code } = await daemon.stop();
    rmSync(faults, { recursive: true });
    assert.equal(code, 0, daemon.tail());
  });
  const begin = (fault, text = '') => writeFileSync(join(faults, fault), text);
  const end = (fault) => rmSync(join(faults, fault));
  const wallClock = async () => {
    const socket = new WebSocket(`${daemon.url.replace(/^http/, 'ws')}ws`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'clock', id: 1 }));
    const [data] = await once(socket, 'message');
    socket.close();
    return JSON.parse(data).wallMs;
  };
  const undisturbed = async () => {
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
    assert.deepEqual(page.complaints, []);
  };

  /// Begins a shortage: a new viewer is refused with no-room. After its end a new viewer is accepted.
  async function turnsAwayWhile(begins, words, ends) {
    const receivers = Receivers.start();
    try {
      begins();
      await assert.rejects(receivers.join(daemon.url), { code: 'no-room', close: 1013 });
      await daemon.line(words);
      await morePictures(page, 30);
      ends();
      const { id } = await receivers.join(daemon.url);
      receivers.leave(id);
      await morePictures(page, 15);
      await undisturbed();
    } finally {
      await receivers.stop();
    }
  }

  it('without free threads a new viewer is refused with a reason, and later accepted', () =>
    turnsAwayWhile(() => begin('threads'), /no more threads.*TasksMax=/, () => end('threads')));

  it('without free descriptors a new viewer is refused with a reason, and later accepted', () =>
    turnsAwayWhile(
      () => letHaveFreeDescriptors(daemon.pid, kTooFew),
      /no more file descriptors.*LimitNOFILE=/,
      () => letHaveFreeDescriptors(daemon.pid, kEnough)));

  it('a hanging disk does not block pictures, health, new viewers or the stop', async () => {
    const recording = async (method) => fetch(new URL('/api/recording', daemon.url), { method });
    const { file: { name } } = await (await recording('POST')).json();
    const written = () => statSync(join(faults, name)).size;
    await morePictures(page, 30);
    assert.ok(written() > 0);
    begin('disk');
    await morePictures(page, 30); // until the current write has finished
    const before = written();
    const receivers = Receivers.start();
    try {
      for (let i = 0; i < 3; ++i) {
        await morePictures(page, 60);
        assert.equal((await fetch(new URL('/healthz', daemon.url))).status, 200);
        assert.equal((await recording('GET')).status, 200);
        const { id } = await receivers.join(daemon.url);
        receivers.leave(id);
      }
      await daemon.line(/not writing: the disk of CS_RECORD_DIR does not answer/);
      const { state, error, errors } = await (await recording('GET')).json();
      assert.deepEqual({ state, error, errors },
        { state: 'recording', error: 'the disk of CS_RECORD_DIR does not answer', errors: 1 });
      await undisturbed();
      assert.equal(written(), before, 'the disk hangs');
    } finally {
      await receivers.stop();
    }
    assert.equal((await daemon.stop()).code, 0);
  });

  it('a disk that hangs before a recording gives the request an error, and everything else continues', async () => {
    begin('disk');
    const asked = fetch(new URL('/api/recording', daemon.url), { method: 'POST' });
    const receivers = Receivers.start();
    try {
      await daemon.line(/not writing: the disk of CS_RECORD_DIR does not answer/);
      await morePictures(page, 60);
      assert.equal((await fetch(new URL('/healthz', daemon.url))).status, 200);
      const { id } = await receivers.join(daemon.url);
      receivers.leave(id);
      assert.match(await (await asked).text(), /^The disk of CS_RECORD_DIR does not answer\./);
      await undisturbed();
      assert.deepEqual(readdirSync(faults), ['disk'], 'opening the file hangs');
    } finally {
      await receivers.stop();
    }
    assert.equal((await daemon.stop()).code, 0);
  });

  it('steps of the wall clock by hours do not disturb pictures and recording', async () => {
    const recording = async (method) => (await fetch(new URL('/api/recording', daemon.url), { method })).json();
    const { file: { name } } = await recording('POST');
    for (const step of [kHour, -2 * kHour, 30 * 24 * kHour]) {
      begin('clock', String(step));
      await morePictures(page, 45);
      const off = (await wallClock() - Date.now()) / 1000;
      assert.ok(Math.abs(off - step) < kHour / 2, `its clock is off by ${off} s`);
    }
    end('clock');
    await morePictures(page, 45);
    await undisturbed();
    const { file } = await recording('GET');
    assert.equal(file.name, name);
    assert.equal(readdirSync(faults).filter((entry) => entry.endsWith('.mp4')).length, 1);
    const complaints = daemon.log.filter(({ level }) => /warn|error/.test(level)).map(({ message }) => message);
    // A busy machine may log that it is too slow.
    assert.deepEqual(complaints.filter((message) => !/cannot keep the rate/.test(message)), []);
  });
});

describe('with a failed HTTP server', { timeout: kTimeLimit }, () => {
  it('the server exits with 1 and logs the reason', async () => {
    const faults = mkdtempSync(join(tmpdir(), 'faults-'));
    const daemon = await Daemon.start({
      ...kSmall,
      LD_PRELOAD: library,
      FAKE_FAULTS: faults,
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
    });
    try {
      writeFileSync(join(faults, 'http'), '');
      fetch(new URL('/healthz', daemon.url)).catch(() => {}); // wakes the HTTP server
      const { code, signal } = await daemon.ended;
      assert.deepEqual({ code, signal }, { code: 1, signal: null });
      await daemon.line(/the HTTP server failed/);
    } finally {
      await daemon.stop();
      rmSync(faults, { recursive: true });
    }
  });
});

describe('without free threads', { timeout: kTimeLimit }, () => {
  it('the server does not start, and logs the reason', async () => {
    const faults = mkdtempSync(join(tmpdir(), 'faults-'));
    writeFileSync(join(faults, 'threads'), '');
    const { code, signal, err } = await run({
      LD_PRELOAD: library,
      FAKE_FAULTS: faults,
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
      CS_PORT: '0',
    });
    rmSync(faults, { recursive: true });
    assert.deepEqual({ code, signal }, { code: 1, signal: null }, err);
    assert.match(err, /cannot start: /);
  });
});

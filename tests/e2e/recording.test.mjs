// SPDX-License-Identifier: MIT
// What is on the disk after a recording, however it ended, and what a full disk costs: nothing but the recording.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { kPatience, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon, kSlowness, run } from './daemon.mjs';
import { assertCube } from './picture.mjs';
import { probe, recordings, VideoPage } from './video_file.mjs';

describe('a recording', { timeout: 10 * kPatience }, () => {
  let folder;
  let browser;
  let daemon;
  before(async () => { browser = await launchBrowser(); });
  after(() => browser?.close());
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'cubestream-')); });
  afterEach(async () => {
    await daemon?.stop();
    daemon = undefined;
    rmSync(folder, { recursive: true });
  });

  const start = async (settings = {}, options = {}) => {
    daemon = await Daemon.start({ CS_RECORD_DIR: folder, ...settings }, options);
  };
  const ask = (method, path = '/api/recording', init = {}) => fetch(new URL(path, daemon.url), { method, ...init });
  const state = async () => (await ask('GET')).json();

  /// Until the state of the recording is like that; it tells nobody when it changes.
  async function until(settled) {
    const end = performance.now() + kPatience;
    for (;;) {
      const now = await state();
      if (settled(now)) return now;
      assert.ok(performance.now() < end, `${JSON.stringify(now)}\n${daemon.tail()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const recordedFor = (seconds) => until(({ file }) => file?.seconds >= seconds);

  /// Every file of `paths` plays in Chromium to its end, can be sought in, and shows the cube.
  async function assertPlays(paths) {
    const pages = await VideoPage.start(paths);
    const context = await browser.newContext();
    try {
      for (const [i, path] of paths.entries()) {
        const { seconds, frames } = probe(path);
        const seen = await pages.play(context, i + 1);
        assert.ok(Math.abs(seen.seconds - seconds) < 0.1, `${seen.seconds} of ${seconds} s`);
        assert.ok(seen.frames >= frames / 2, `${seen.frames} of ${frames} pictures`); // at four times the speed
        assert.ok(Math.abs(seen.middle - seconds / 2) < 0.1, `in the middle is ${seen.middle}`);
        await assertCube(seen.page);
        await seen.page.close();
      }
    } finally {
      await context.close();
      pages.stop();
    }
  }

  it('with nobody watching is a row of files that begin at a keyframe and follow each other', async () => {
    await start({ CS_RECORD: 'on', CS_RECORD_SEGMENT_S: '2' });
    await until(({ segments }) => segments >= 3);
    const { code, ms } = await daemon.stop();
    assert.equal(code, 0);
    assert.ok(ms < 2000 * kSlowness, `it took ${ms} ms to end`);
    const paths = recordings(folder);
    assert.ok(paths.length >= 3);
    for (const path of paths)
      assert.match(basename(path), /^cubestream-\d{8}T\d{6}\.\d{3}Z\.mp4$/);
    const found = paths.map(probe);
    for (const { codec, width, height, firstIsKey } of found)
      assert.deepEqual({ codec, width, height, firstIsKey }, { codec: 'h264', width: 1280, height: 720, firstIsKey: true });
    // The names are of the time of the first picture: to a few milliseconds each file begins where the last one ended.
    const began = paths.map((path) => Date.parse(basename(path).replace(
      /^cubestream-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z).*$/, '$1-$2-$3T$4:$5:$6')));
    for (let i = 1; i < paths.length; ++i) {
      const gap = (began[i] - began[i - 1]) / 1000 - found[i - 1].seconds;
      assert.ok(Math.abs(gap) < 0.1 * kSlowness, `a gap of ${gap} s`);
    }
    await assertPlays(paths.slice(0, 2));
  });

  it('is playable after kill -9, but for the last second', async (t) => {
    await start({ CS_RECORD: 'on' });
    await recordedFor(4);
    const { file } = await state();
    process.kill(daemon.pid, 'SIGKILL');
    await daemon.ended;
    const path = join(folder, file.name);
    const { seconds } = probe(path);
    t.diagnostic(`recorded ${file.seconds} s when it was asked, ${seconds} s are there`);
    assert.ok(seconds > file.seconds - 1, `${seconds} of ${file.seconds} s`);
    await assertPlays([path]);
  });

  it('follows the API, which is not for pages from elsewhere', async () => {
    await start();
    assert.deepEqual([(await state()).state, recordings(folder)], ['off', []]);
    const elsewhere = await ask('POST', undefined, { headers: { Origin: 'http://evil.example' } });
    assert.equal(elsewhere.status, 403);
    assert.match(await elsewhere.text(), /from elsewhere \(http:\/\/evil\.example\)/);
    assert.equal((await state()).state, 'off');

    const started = await ask('POST', undefined, { headers: { Origin: new URL(daemon.url).origin } });
    assert.equal(started.status, 200);
    const { state: now, file } = await started.json();
    assert.equal(now, 'recording');
    assert.deepEqual(recordings(folder).map((path) => basename(path)), [file.name]);
    assert.equal((await daemon.look()).recording, 1);
    await recordedFor(1);
    const stopped = await (await ask('DELETE')).json();
    assert.deepEqual([stopped.state, stopped.file, stopped.error], ['off', null, null]);
    assert.ok(probe(join(folder, file.name)).seconds >= 1, 'it is complete when DELETE is answered');
    await daemon.until((look) => look.encoders_alive === 0 && look.recording === 0);

    const wrong = await ask('PUT');
    assert.deepEqual([wrong.status, wrong.headers.get('Allow')], [405, 'GET, HEAD, POST, DELETE']);
  });

  it('for viewers is one while somebody watches', async () => {
    await start({ CS_RECORD: 'viewers' });
    assert.equal((await state()).state, 'off');
    const page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    await recordedFor(1);
    assert.equal((await daemon.look()).encoders_alive, 1, 'one encoder for the viewer and the file');
    await page.context().close();
    const { file } = await until((now) => now.state === 'off' && now.segments === 1);
    assert.equal(file, null);
    assert.ok(probe(recordings(folder)[0]).seconds >= 1);
  });

  it('that finds the disk full ends with an error, the viewer sees nothing of it, and it comes back', async () => {
    // A disk of 1 MB, in a mount namespace of the daemon's own; the files are seen through its root.
    await start({ CS_RECORD: 'on' }, {
      inside: ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', folder] });
    const inside = join(`/proc/${daemon.pid}/root`, folder);
    const page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    const { error, errors } = await until((now) => now.state === 'waiting');
    assert.match(error, /No space left on device; free some space, or lower CS_RECORD_MAX_MB/);
    assert.equal(errors, 1);
    await daemon.line(/not recording, to be tried again.*No space left/);
    await morePictures(page, 60);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
    const [first] = recordings(inside);
    assert.ok(probe(first).seconds > 1, 'what was written before can be played');
    fill(join(inside, 'rest')); // a few pages may be left, enough to begin anew
    await until((now) => now.state === 'waiting');
    const refused = await ask('POST');
    assert.equal(refused.status, 507);
    assert.match(await refused.text(), /No space left on device/);
    for (const path of [...recordings(inside), join(inside, 'rest')]) rmSync(path);
    await until((now) => now.state === 'recording' && now.error === null);
    await morePictures(page, 30);
    await page.context().close();
  });

  it('whose directory is missing is an error, and goes on when it is there', async () => {
    const mount = join(folder, 'mount');
    await start({ CS_RECORD: 'on', CS_RECORD_DIR: mount });
    const { error } = await until((now) => now.state === 'waiting');
    assert.match(error, /cannot write .*mount: No such file or directory; make the directory/);
    mkdirSync(mount);
    await until((now) => now.state === 'recording');
    rmSync(mount, { recursive: true });
    assert.match((await until((now) => now.state === 'waiting')).error, /No such file or directory/);
  });

  it('deletes the oldest of its own files, and no other', async () => {
    const old = join(folder, 'cubestream-20200101T000000.000Z.mp4');
    const other = join(folder, 'holiday.mp4');
    for (const path of [old, other]) writeFileSync(path, Buffer.alloc(9_000_000));
    await start({ CS_RECORD: 'on', CS_RECORD_MAX_MB: '8' });
    await daemon.until((now) => now.recording_deleted_total === 1);
    assert.deepEqual([existsSync(old), statSync(other).size], [false, 9_000_000]);
    await daemon.line(/deleted cubestream-20200101T000000\.000Z\.mp4, the oldest, to stay within CS_RECORD_MAX_MB/);
  });

  it('needs a directory, and says so', async () => {
    await start({ CS_RECORD_DIR: '', CS_CLIP_SECONDS: '0' });
    for (const method of ['GET', 'POST', 'DELETE']) {
      const reply = await ask(method);
      assert.equal(reply.status, 409);
      assert.match(await reply.text(), /CS_RECORD_DIR is not set/);
    }
    const clip = await ask('POST', '/api/clip');
    assert.equal(clip.status, 409);
    assert.match(await clip.text(), /CS_CLIP_SECONDS is not set/);
    const { code, err } = await run({ CS_RECORD: 'on', CS_PORT: '0' }, []);
    assert.equal(code, 1);
    assert.match(err, /CS_RECORD=on needs CS_RECORD_DIR/);
  });

  it('of the last seconds is a clip, by the answer or on the disk', async () => {
    await start({ CS_CLIP_SECONDS: '2' });
    await daemon.until((now) => now.access_units_total > 150);
    const answer = await ask('POST', '/api/clip');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('Content-Type'), 'video/mp4');
    assert.match(answer.headers.get('Content-Disposition'), /^attachment; filename="cubestream-\d{8}T\d{6}\.\d{3}Z-clip\.mp4"$/);
    const path = join(folder, 'answer.mp4');
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    const saved = await ask('POST', '/api/clip?save');
    assert.equal(saved.status, 201);
    const there = join(folder, (await saved.json()).file);
    for (const each of [path, there]) {
      const { seconds, firstIsKey } = probe(each);
      assert.ok(firstIsKey && seconds >= 2 && seconds < 2 + 3 * kSlowness, `${seconds} s`);
    }
    await assertPlays([path, there]);
    assert.equal((await ask('POST', '/api/clip?frame')).status, 400);
    assert.equal((await ask('GET', '/api/clip')).status, 405);
    assert.equal((await daemon.look()).encoders_alive, 1);
  });
});

/// Writes a file that takes all that is left of its disk.
function fill(path) {
  assert.throws(() => { for (;;) appendFileSync(path, Buffer.alloc(4096)); }, { code: 'ENOSPC' });
}

// SPDX-License-Identifier: MIT
// Files of interrupted recordings, and recordings on a full or missing disk, which do not disturb viewers.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { kTimeLimit, morePictures, openPage, playing } from './browser.mjs';
import { Recording } from './recorder.mjs';
import { probe, recordings } from './video_file.mjs';

describe('a recording', { timeout: 10 * kTimeLimit }, () => {
  let recording;
  beforeEach(() => { recording = new Recording(); });
  afterEach(() => recording.end());
  after(() => Recording.closeBrowser());

  it('is playable after kill -9, except for the last second', async (t) => {
    await recording.start({ CS_RECORD: 'on' });
    await recording.recordedFor(4);
    const { file } = await recording.state();
    process.kill(recording.daemon.pid, 'SIGKILL');
    await recording.daemon.ended;
    const path = join(recording.folder, file.name);
    const { seconds } = probe(path);
    t.diagnostic(`the API reported ${file.seconds} s, the file has ${seconds} s`);
    assert.ok(seconds > file.seconds - 1, `${seconds} of ${file.seconds} s`);
    await recording.assertPlays([path]);
  });

  it('on a full disk ends with an error, does not disturb the viewer, and resumes later', async () => {
    // A disk of 1 MB in a mount namespace of the server. The test accesses the files through its root.
    await recording.start({ CS_RECORD: 'on' }, {
      inside: ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', recording.folder] });
    const inside = join(`/proc/${recording.daemon.pid}/root`, recording.folder);
    const page = await openPage(await recording.newContext(), recording.daemon.url);
    await playing(page);
    const { error, errors } = await recording.until((now) => now.state === 'waiting');
    assert.match(error, /No space left on device; free some space, or lower CS_RECORD_MAX_MB/);
    assert.equal(errors, 1);
    await recording.daemon.line(/not recording, to be tried again.*No space left/);
    await morePictures(page, 60);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
    const [first] = recordings(inside);
    assert.ok(probe(first).seconds > 1, 'the file written before is playable');
    fill(join(inside, 'rest')); // a few pages may be free, enough to start again
    await recording.until((now) => now.state === 'waiting');
    const refused = await recording.ask('POST');
    assert.equal(refused.status, 507);
    assert.match(await refused.text(), /No space left on device/);
    for (const path of [...recordings(inside), join(inside, 'rest')]) rmSync(path);
    await recording.until((now) => now.state === 'recording' && now.error === null);
    await morePictures(page, 30);
    await page.context().close();
  });

  it('without its directory is an error, and starts when the directory exists', async () => {
    const mount = join(recording.folder, 'mount');
    await recording.start({ CS_RECORD: 'on', CS_RECORD_DIR: mount });
    const { error } = await recording.until((now) => now.state === 'waiting');
    assert.match(error, /cannot write .*mount: No such file or directory; create the directory/);
    mkdirSync(mount);
    await recording.until((now) => now.state === 'recording');
    rmSync(mount, { recursive: true });
    assert.match((await recording.until((now) => now.state === 'waiting')).error, /No such file or directory/);
  });

  it('deletes the oldest of its own files, and no other', async () => {
    const old = join(recording.folder, 'cubestream-20200101T000000.000Z.mp4');
    const other = join(recording.folder, 'holiday.mp4');
    for (const path of [old, other]) writeFileSync(path, Buffer.alloc(9_000_000));
    await recording.start({ CS_RECORD: 'on', CS_RECORD_MAX_MB: '8' });
    await recording.daemon.until((now) => now.recording_files_deleted_total === 1);
    assert.deepEqual([existsSync(old), statSync(other).size], [false, 9_000_000]);
    await recording.daemon.line(/deleted cubestream-20200101T000000\.000Z\.mp4, the oldest file, to stay within CS_RECORD_MAX_MB/);
  });

  it('with CS_RECORD=viewers runs while a viewer watches', async () => {
    await recording.start({ CS_RECORD: 'viewers' });
    assert.equal((await recording.state()).state, 'off');
    const page = await openPage(await recording.newContext(), recording.daemon.url);
    await playing(page);
    await recording.recordedFor(1);
    assert.equal((await recording.daemon.look()).encoders_running, 1, 'one encoder for the viewer and the file');
    await page.context().close();
    const { file } = await recording.until((now) => now.state === 'off' && now.segments === 1);
    assert.equal(file, null);
    assert.ok(probe(recordings(recording.folder)[0]).seconds >= 1);
  });
});

/// Fills the disk with a file.
function fill(path) {
  assert.throws(() => { for (;;) appendFileSync(path, Buffer.alloc(4096)); }, { code: 'ENOSPC' });
}

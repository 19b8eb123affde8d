// SPDX-License-Identifier: MIT
// The files of a recording, and the recording API.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { kTimeLimit } from './browser.mjs';
import { kSlowness, run } from './daemon.mjs';
import { Recording } from './recorder.mjs';
import { probe, recordings } from './video_file.mjs';

describe('a recording', { timeout: 10 * kTimeLimit }, () => {
  let recording;
  beforeEach(() => { recording = new Recording(); });
  afterEach(() => recording.end());
  after(() => Recording.closeBrowser());

  it('without viewers is a gapless series of files that start with a keyframe', async () => {
    await recording.start({ CS_RECORD: 'on', CS_RECORD_SEGMENT_S: '2' });
    await recording.until(({ segments }) => segments >= 3);
    const { code, ms } = await recording.daemon.stop();
    const named = recording.daemon.log
      .map(({ message }) => /^(recording to|continuing in) (\S+)$/.exec(message)).filter(Boolean);
    assert.deepEqual(named.map(([, words]) => words), ['recording to', ...named.slice(1).map(() => 'continuing in')]);
    // The log names each file as it appears; the last one may appear while the server stops.
    const files = recordings(recording.folder);
    assert.deepEqual(named.map(([, , path]) => path), files.slice(0, named.length));
    assert.ok(named.length >= 2 && named.length >= files.length - 1, `${named.length} of ${files.length}`);
    assert.equal(code, 0);
    assert.ok(ms < 2000 * kSlowness, `it took ${ms} ms to end`);
    const paths = recordings(recording.folder);
    assert.ok(paths.length >= 3);
    for (const path of paths)
      assert.match(basename(path), /^cubestream-\d{8}T\d{6}\.\d{3}Z\.mp4$/);
    const found = paths.map(probe);
    for (const { codec, width, height, firstIsKey } of found)
      assert.deepEqual({ codec, width, height, firstIsKey }, { codec: 'h264', width: 640, height: 360, firstIsKey: true });
    // The name is the time of the first picture. Each file starts where the previous one ended, to a few milliseconds.
    const began = paths.map((path) => Date.parse(basename(path).replace(
      /^cubestream-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z).*$/, '$1-$2-$3T$4:$5:$6')));
    const gaps = began.slice(1).map((at, i) => Math.abs((at - began[i]) / 1000 - found[i].seconds));
    // On a busy machine a picture may be late, also the first of a file. A lost keyframe would cost a second.
    assert.ok(Math.min(...gaps) < 0.1 * kSlowness && Math.max(...gaps) < 0.5 * kSlowness, `gaps of ${gaps} s`);
    await recording.assertPlays(paths.slice(0, 2));
  });

  it('is controlled by the API, which refuses pages from other origins', async () => {
    await recording.start();
    assert.deepEqual([(await recording.state()).state, recordings(recording.folder)], ['off', []]);
    const elsewhere = await recording.ask('POST', undefined, { headers: { Origin: 'http://evil.example' } });
    assert.equal(elsewhere.status, 403);
    assert.match(await elsewhere.text(), /another origin \(http:\/\/evil\.example\)/);
    assert.equal((await recording.state()).state, 'off');

    const started = await recording.ask('POST', undefined, { headers: { Origin: new URL(recording.daemon.url).origin } });
    assert.equal(started.status, 200);
    const { state: now, file } = await started.json();
    assert.equal(now, 'recording');
    assert.deepEqual(recordings(recording.folder).map((path) => basename(path)), [file.name]);
    assert.equal((await recording.daemon.look()).recording, 1);
    await recording.recordedFor(1);
    const stopped = await (await recording.ask('DELETE')).json();
    assert.deepEqual([stopped.state, stopped.file, stopped.error], ['off', null, null]);
    assert.ok(probe(join(recording.folder, file.name)).seconds >= 1, 'the file is complete when DELETE is answered');
    await recording.daemon.until((look) => look.encoders_running === 0 && look.recording === 0);

    const wrong = await recording.ask('PUT');
    assert.deepEqual([wrong.status, wrong.headers.get('Allow')], [405, 'GET, HEAD, POST, DELETE']);
  });

  it('without CS_RECORD_DIR is refused with an error', async () => {
    await recording.start({ CS_RECORD_DIR: '', CS_CLIP_SECONDS: '0' });
    for (const method of ['GET', 'POST', 'DELETE']) {
      const reply = await recording.ask(method);
      assert.equal(reply.status, 409);
      assert.match(await reply.text(), /CS_RECORD_DIR is not set/);
    }
    const clip = await recording.ask('POST', '/api/clip');
    assert.equal(clip.status, 409);
    assert.match(await clip.text(), /CS_CLIP_SECONDS is not set/);
    const { code, err } = await run({ CS_RECORD: 'on', CS_PORT: '0' });
    assert.equal(code, 1);
    assert.match(err, /CS_RECORD=on needs CS_RECORD_DIR/);
  });

  it('of the last seconds is available as a clip, in the response or on the disk', async () => {
    await recording.start({ CS_CLIP_SECONDS: '2' });
    await recording.daemon.until((now) => now.fanout_frames_total > 150);
    const answer = await recording.ask('POST', '/api/clip');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('Content-Type'), 'video/mp4');
    assert.match(answer.headers.get('Content-Disposition'), /^attachment; filename="cubestream-\d{8}T\d{6}\.\d{3}Z-clip\.mp4"$/);
    const path = join(recording.folder, 'answer.mp4');
    writeFileSync(path, Buffer.from(await answer.arrayBuffer()));
    const saved = await recording.ask('POST', '/api/clip?save');
    assert.equal(saved.status, 201);
    const there = join(recording.folder, (await saved.json()).file);
    for (const each of [path, there]) {
      const { seconds, firstIsKey } = probe(each);
      assert.ok(firstIsKey && seconds >= 2 && seconds < 2 + 3 * kSlowness, `${seconds} s`);
    }
    await recording.assertPlays([path, there]);
    assert.equal((await recording.ask('POST', '/api/clip?frame')).status, 400);
    assert.equal((await recording.ask('GET', '/api/clip')).status, 405);
    assert.equal((await recording.daemon.look()).encoders_running, 1);
  });
});

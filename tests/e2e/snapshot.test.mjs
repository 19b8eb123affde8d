// SPDX-License-Identifier: MIT
// The current picture as an image file.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon } from './daemon.mjs';
import { assertCube } from './picture.mjs';

describe('a snapshot', { timeout: 10 * kTimeLimit }, () => {
  let browser;
  let daemon;
  before(async () => {
    [daemon, browser] = await Promise.all([Daemon.start(), launchBrowser()]);
  });
  after(async () => {
    await browser?.close();
    assert.equal((await daemon.stop()).code, 0);
  });
  const ask = (name, init = {}) => fetch(new URL(name, daemon.url), init);

  for (const [name, type] of [['snapshot.jpg', 'image/jpeg'], ['snapshot.png', 'image/png']])
    it(`at ${name} shows the cube in its colours without viewers`, async () => {
      const reply = await ask(name);
      assert.deepEqual([reply.status, reply.headers.get('Content-Type')], [200, type]);
      await reply.arrayBuffer();
      const page = await openPage(await browser.newContext(), new URL('config.json', daemon.url).href);
      const size = await page.evaluate(async (source) => {
        const image = new Image();
        image.src = source;
        await image.decode();
        document.body.replaceChildren(image);
        window.cubestream = { video: image };
        return [image.naturalWidth, image.naturalHeight];
      }, new URL(name, daemon.url).href);
      assert.deepEqual(size, [1280, 720]);
      await assertCube(page);
      await keep(page, name.replace('.', '-'));
      await page.context().close();
      const { encoders_running: encoders } = await daemon.look();
      assert.equal(encoders, 0, 'a snapshot needs no video encoder');
      const before = await daemon.metrics();
      await new Promise((resolve) => setTimeout(resolve, 500)); // there is no event for inactivity
      const drawn = (await daemon.metrics()).frames_rendered_total - before.frames_rendered_total;
      assert.ok(drawn <= 1, `${drawn} pictures were rendered; one may have been in progress`);
    });

  it('has an ETag that identifies the picture, and HEAD returns no body', async () => {
    const head = await ask('snapshot.jpg', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.ok(Number(head.headers.get('Content-Length')) > 5000);
    assert.equal((await head.arrayBuffer()).byteLength, 0);
    const [one, other] = [await ask('snapshot.png'), await ask('snapshot.png')];
    assert.match(one.headers.get('ETag'), /^".+"$/);
    assert.equal(one.headers.get('Cache-Control'), 'no-cache');
    const [first, second] = await Promise.all([one, other].map((reply) => reply.arrayBuffer()));
    const same = Buffer.from(first).equals(Buffer.from(second));
    assert.equal(same, one.headers.get('ETag') === other.headers.get('ETag'));
    const wrong = await ask('snapshot.jpg', { method: 'POST' });
    assert.deepEqual([wrong.status, wrong.headers.get('Allow')], [405, 'GET, HEAD']);
  });

  it('for many requests at once is encoded a few times only, and does not disturb a viewer', async (t) => {
    const page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    await morePictures(page, 15);
    const before = await daemon.metrics();
    const replies = await Promise.all(Array.from({ length: 50 }, async () => {
      const reply = await ask('snapshot.png');
      return [reply.status, (await reply.arrayBuffer()).byteLength];
    }));
    await morePictures(page, 30);
    const after = await daemon.metrics();
    const made = after.snapshots_total - before.snapshots_total;
    t.diagnostic(`${made} pictures for 50 requests`);
    assert.ok(replies.every(([status, size]) => status === 200 && size > 5000), JSON.stringify(replies));
    // The requests arrive over some time, during which new pictures are rendered.
    assert.ok(made >= 1 && made < 25, `${made} were made`);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
    await page.context().close();
  });
});

// SPDX-License-Identifier: MIT
// The page in Debian's Firefox, which has no H.264, alone and beside a viewer with H.264.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { launchFirefox, openInFirefox } from './firefox.mjs';
import { signLink } from './links.mjs';
import { assertCube, watch } from './picture.mjs';
import { freePort } from './ports.mjs';

describe('firefox', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let firefox;
  let chromium;
  let context;
  let page;
  before(async () => {
    daemon = await Daemon.start(kSmall);
    [firefox, chromium] = await Promise.all([launchFirefox(), launchBrowser()]);
  });
  after(async () => {
    await firefox?.close();
    await chromium?.close();
    assert.equal((await daemon.stop()).code, 0);
  });
  beforeEach(async () => {
    context = await chromium.newContext();
    page = await openInFirefox(firefox, daemon.url);
  });
  afterEach(async () => {
    await context.close();
    if (!page.isClosed()) await page.close();
  });

  const stats = (of) => of.evaluate(() => window.cubestream.stats());

  it('shows the moving cube', async () => {
    await playing(page);
    await morePictures(page, 30);
    await keep(page, 'firefox');
    await assertCube(page);
    const { presented, different } = await watch(page, 60);
    assert.ok(different > 0.9 * presented, `${different} of ${presented} pictures differ`);
    assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
    assert.deepEqual(page.complaints, []);
  });

  it('gets VP8, with keyframes only at the start', async (t) => {
    await playing(page);
    await morePictures(page, 90);
    const { codec, keyFramesDecoded: keyframes, framesDecoded: frames } = await stats(page);
    t.diagnostic(`${keyframes} keyframes in ${frames} pictures`);
    assert.equal(codec, 'video/VP8');
    assert.ok(keyframes <= 3, `${keyframes} keyframes in ${frames} pictures`);
  });

  it('does not disturb an H.264 viewer', async () => {
    const other = await openPage(context, daemon.url);
    await playing(other);
    await playing(page);
    await Promise.all([page, other].map((one) => morePictures(one, 60)));
    assert.deepEqual([(await stats(page)).codec, (await stats(other)).codec], ['video/VP8', 'video/H264']);
    const { viewers, encoders_running: encoders } = await daemon.look();
    assert.deepEqual({ viewers, encoders }, { viewers: 2, encoders: 2 });
    await page.close();
    await daemon.until((now) => now.viewers === 1 && now.encoders_running === 1);
    await morePictures(other, 30);
    assert.deepEqual(await other.evaluate(() => [window.cubestream.state, window.cubestream.reconnects]), ['playing', 0]);
  });

  it('keeps playing in full screen', async () => {
    await playing(page);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await morePictures(page, 15);
    await page.keyboard.press('f');
    await page.waitForFunction(() => document.fullscreenElement === null);
    await morePictures(page, 15);
  });

  it('turns the cube by a drag', async () => {
    await playing(page);
    await page.waitForSelector('#pointers');
    await page.mouse.move(300, 240);
    await page.mouse.down();
    await page.waitForFunction(() => window.cubestream.control.holder === window.cubestream.control.you);
    for (let x = 310; x <= 400; x += 10) {
      await page.mouse.move(x, 240);
      await morePictures(page, 1);
    }
    await page.waitForFunction(() => window.cubestream.input?.samples >= 3);
    await page.mouse.up();
    assert.deepEqual(page.complaints, []);
  });

  it('plays with a signed link', async () => {
    const secret = 'secret-4711-0123456789abcdef';
    const other = await Daemon.start({ ...kSmall, CS_AUTH_TOKEN: secret });
    try {
      const visitor = await openInFirefox(firefox, await signLink(other, secret));
      await playing(visitor);
      assert.deepEqual(visitor.complaints, []);
      await visitor.close();
    } finally {
      assert.equal((await other.stop()).code, 0);
    }
  });

  it('plays again after each server restart', async () => {
    let other = await Daemon.start({ ...kSmall, CS_PORT: String(await freePort()) });
    try {
      const visitor = await openInFirefox(firefox, other.url);
      for (const restarts of [1, 2]) {
        await playing(visitor);
        await morePictures(visitor, 15);
        await other.stop();
        await saying(visitor, /cannot be reached/);
        other = await Daemon.start({ ...kSmall, CS_PORT: other.port });
        await playing(visitor);
        await morePictures(visitor, 15);
        assert.equal(await visitor.evaluate(() => window.cubestream.reconnects), restarts);
      }
      await visitor.close();
    } finally {
      await other.stop();
    }
  });

  const ways = [
    ['is closed', () => page.close()],
    ['navigates away', () => page.goto('about:blank')],
  ];
  for (const [how, leave] of ways) {
    it(`closes the session when its page ${how}`, async () => {
      await playing(page);
      const from = daemon.log.length;
      await leave();
      assert.match((await daemon.line(/^left/, { from })).message, /^left \(closed\): closed by the client, 100[01];/);
      await daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0);
    });
  }
});

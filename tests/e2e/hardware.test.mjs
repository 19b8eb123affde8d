// SPDX-License-Identifier: MIT
// The server with fake hardware encoders, some of which misbehave: tests/fakes/hardware_encoders.cpp.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon, kSmall, run } from './daemon.mjs';
import { fakeEncoders } from './fakes.mjs';

describe('hardware encoders', { timeout: 6 * kTimeLimit }, () => {
  let browser;
  let fakes;
  before(async () => {
    fakes = fakeEncoders(kSmall);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    fakes.end();
  });

  const status = async (daemon) => (await fetch(new URL('api/status', daemon.url))).json();
  const encoder = async (daemon) => (await status(daemon)).encoders;

  it('auto uses the first working encoder and logs why others were refused, and a viewer can watch', async () => {
    const daemon = await Daemon.start(fakes.settings({
      nvcudah264enc: 'crash', nvautogpuh264enc: 'hang', nvh264enc: 'no-device', vah264enc: 'deaf', vah264lpenc: 'works',
    }));
    try {
      const refusals = {
        nvcudah264enc: /it crashed \(SIGSEGV\)/,
        nvautogpuh264enc: /it did not answer within 8 s/,
        nvh264enc: /it does not start: .*Cannot open the device/,
        vah264enc: /it makes no keyframe when asked for one/,
      };
      for (const [name, why] of Object.entries(refusals)) {
        const { level, message } = await daemon.line(new RegExp(`encoder "${name}" does not work`));
        assert.equal(level, 'warning');
        assert.match(message, why);
      }
      assert.match((await daemon.line(/^H264 by /)).message, /^H264 by vah264lpenc, .*the first of the table that works; .*nvcudah264enc was refused/);
      const { encoders, encodersWhy } = await status(daemon);
      assert.deepEqual([encoders.H264, encoders.VP8], ['vah264lpenc', 'vp8enc']);
      assert.match(encodersWhy.H264, /the first of the table that works; .*nvcudah264enc.*it crashed/);
      const page = await openPage(await browser.newContext(), daemon.url);
      await playing(page);
      await morePictures(page, 30);
      // A second viewer needs a keyframe mid-stream.
      const second = await openPage(await browser.newContext(), daemon.url);
      await playing(second);
      for (const each of [page, second]) await each.context().close();
    } finally {
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  });

  it('an encoder that fails mid-stream is replaced by software, and the viewer continues', async () => {
    const daemon = await Daemon.start(fakes.settings({ vah264enc: 'fails-after-60', vah264lpenc: 'works' }));
    try {
      const page = await openPage(await browser.newContext(), daemon.url);
      await playing(page);
      await daemon.line(/vah264enc failed, restarting it: .*out of order/);
      await daemon.line(/vah264enc failed again, switching to x264enc: .*out of order/);
      await morePictures(page, 60);
      assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
      const { H264, VP8 } = await encoder(daemon);
      assert.deepEqual([H264, VP8], ['x264enc', 'vp8enc']);
      assert.equal((await daemon.metrics()).clients_joined_total, 1);
      await page.context().close();
    } finally {
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  });

  it('a configured encoder that does not work ends the server with one error that names the remedy', async () => {
    const { code, err } = await run({ CS_PORT: '0', CS_ENCODER: 'vah264enc', ...fakes.settings({ vah264enc: 'error' }) });
    assert.equal(code, 1);
    const errors = err.split('\n').filter((line) => / error /.test(line));
    assert.equal(errors.length, 1, err);
    assert.match(errors[0], /vah264enc was refused: .*out of order.*; set CS_ENCODER=auto/);
  });

  it('a configured encoder that is not installed ends the server with an error that names the remedy', async () => {
    const { code, err } = await run({ CS_PORT: '0', CS_ENCODER: 'v4l2h264enc' });
    assert.equal(code, 1);
    assert.match(err, / error .*encoder v4l2h264enc is not available: .*; or set CS_ENCODER=auto/);
  });
});

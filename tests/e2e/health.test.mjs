// SPDX-License-Identifier: MIT
// Health, readiness and viewer statistics of the server.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kTimeLimit, launchBrowser, openPage, playing } from './browser.mjs';
import { Daemon, kSmall, pause } from './daemon.mjs';

describe('the health endpoints', { timeout: 5 * kTimeLimit }, () => {
  it('report ready with and without a viewer, and api/status has the statistics of the viewer', async () => {
    const daemon = await Daemon.start(kSmall);
    const browser = await launchBrowser();
    try {
      assert.deepEqual(await daemon.get('readyz'), { status: 200, type: 'text/plain; charset=utf-8', text: 'ready\n' });
      assert.equal((await daemon.get('healthz')).text, 'ok\n');
      const page = await openPage(await browser.newContext(), daemon.url);
      await playing(page);
      // At the latest, the second receiver report answers a sender report, and the round trip is known.
      const ask = async () => JSON.parse((await daemon.get('api/status')).text);
      let status = await ask();
      for (; (status.viewers[0]?.roundTripMs ?? null) === null; status = await ask()) await pause();
      const [viewer] = status.viewers;
      assert.equal(status.viewers.length, 1);
      assert.equal(viewer.state, 'connected');
      assert.equal(viewer.codec, 'H264');
      assert.ok(viewer.pictures > 0 && viewer.bytes > 0 && viewer.packets > 0, JSON.stringify(viewer));
      assert.ok(viewer.roundTripMs > 0 && viewer.roundTripMs < 5000, JSON.stringify(viewer));
      assert.ok(viewer.loss >= 0 && viewer.loss <= 1);
      assert.equal(status.scene, 'cube');
      // A busy machine may render no picture for a second, and the server is not ready then.
      while ((await daemon.get('readyz')).status !== 200) await pause();
      const { type, text } = await daemon.get('metrics');
      assert.match(type, /^text\/plain; version=0\.0\.4/);
      assert.match(text, /^# TYPE cubestream_frames_rendered_total counter\ncubestream_frames_rendered_total [1-9]/m);
      assert.match(text, /^cubestream_viewers\{codec="H264",state="connected"\} 1$/m);
      const from = daemon.log.length;
      await page.context().close();
      const { message, level } = await daemon.line(/^left/, { from });
      assert.equal(level, 'info');
      assert.match(message, new RegExp(String.raw`^left \(closed\): closed by the client, 100[01]; from 127\.0\.0\.1, H264, \d+\.\d s, ` +
        String.raw`connected after \d+ ms, \d+ bytes in \d+ packets, \d+ pictures sent and \d+ skipped, ` +
        String.raw`\d+ packets lost \([\d.]+ %\), round trip [\d.]+ ms, jitter [\d.]+ ms$`));
      await daemon.until(({ viewers }) => viewers === 0);
      assert.deepEqual((await ask()).viewers, []);
    } finally {
      await browser.close();
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  });
});

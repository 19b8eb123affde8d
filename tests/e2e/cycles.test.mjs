// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kTimeLimit, launchBrowser } from './browser.mjs';
import { cycle, plan } from './cycles.mjs';
import { Daemon, kSmall } from './daemon.mjs';

const kAtOnce = 4;

test('forty viewers that leave at random steps leave nothing behind', { timeout: 5 * kTimeLimit }, async (t) => {
  const daemon = await Daemon.start(kSmall);
  const browser = await launchBrowser();
  try {
    const start = await daemon.look();
    t.diagnostic(`at the start: ${start.threads} threads, ${start.descriptors} descriptors`);
    const viewers = plan(40, 2);
    const some = async () => {
      const context = await browser.newContext(); // a separate window, because background tabs stop presenting pictures
      for (let viewer = viewers.pop(); viewer; viewer = viewers.pop()) await cycle(context, daemon.url, viewer);
    };
    await Promise.all(Array.from({ length: kAtOnce }, some));
    await browser.close();
    const end = await daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 &&
      now.encoders_running === 0 && now.threads <= start.threads && now.descriptors <= start.descriptors);
    assert.equal(end.clients_joined_total, 40);
    const errors = daemon.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    assert.equal((await daemon.stop()).code, 0, daemon.tail());
  }
});

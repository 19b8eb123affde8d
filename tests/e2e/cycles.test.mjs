// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kPatience, launchBrowser } from './browser.mjs';
import { cycle, plan } from './cycles.mjs';
import { Daemon } from './daemon.mjs';

test('forty viewers that leave at random steps leave nothing behind', { timeout: 5 * kPatience }, async (t) => {
  const daemon = await Daemon.start();
  const browser = await launchBrowser();
  try {
    const start = await daemon.look();
    t.diagnostic(`at the start: ${start.threads} threads, ${start.descriptors} descriptors`);
    const context = await browser.newContext();
    for (const viewer of plan(40, 2)) await cycle(context, daemon.url, viewer);
    await browser.close();
    const end = await daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 &&
      now.encoders_alive === 0 && now.threads <= start.threads && now.descriptors <= start.descriptors);
    assert.equal(end.clients_joined_total, 40);
    const errors = daemon.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    assert.equal((await daemon.stop()).code, 0, daemon.tail());
  }
});

// SPDX-License-Identifier: MIT
// The page in a network that blocks UDP.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keep, kTimeLimit, launchBrowser, openPage, saying } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';

test('the page reports blocked UDP when no packet arrives', { timeout: 2 * kTimeLimit }, async () => {
  const daemon = await Daemon.start(kSmall);
  const browser = await launchBrowser({ args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] });
  try {
    const context = await browser.newContext();
    // ICE over TCP would still work, so it is blocked as well.
    await context.addInitScript(() => {
      const { addIceCandidate } = RTCPeerConnection.prototype;
      RTCPeerConnection.prototype.addIceCandidate = function withoutTcp(candidate) {
        return / tcp /i.test(candidate?.candidate) ? Promise.resolve() : addIceCandidate.call(this, candidate);
      };
    });
    const page = await openPage(context, daemon.url);
    await saying(page, /no video packet arrived within 5 s: UDP between you and 127\.0\.0\.1 seems blocked/);
    await keep(page, 'udp-blocked');
    assert.equal(await page.evaluate(() => window.cubestream.problem), 'no-udp');
  } finally {
    await browser.close();
    assert.equal((await daemon.stop()).code, 0);
  }
});

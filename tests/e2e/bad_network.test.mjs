// SPDX-License-Identifier: MIT
// Server and viewer on separate machines, with a link between them that simulates bad networks.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying } from './browser.mjs';
import { Daemon } from './daemon.mjs';
import { Machine } from './network.mjs';

const kSeed = 5;
const kGood = { delay: 10, jitter: 0, loss: 0, reorder: 0, rate: 0, queue: 64_000 }; // delay in ms each way

describe('a viewer behind a bad network', { timeout: 10 * kTimeLimit }, () => {
  let server;
  let viewer;
  let link;
  let daemon;
  let browser;
  let page;

  before(async () => {
    server = new Machine('server');
    viewer = new Machine('viewer');
    link = await server.link(viewer, '10.96.0.1/24', '10.96.0.2/24', { seed: kSeed });
    browser = await launchBrowser({ executable: viewer.chromium });
  });
  after(async () => {
    await browser?.close();
    await server?.end();
    await viewer?.end();
  });

  beforeEach(async () => {
    await link.set(kGood);
    daemon = await Daemon.start({ CS_HOST: '10.96.0.1', CS_LADDER: 'auto' }, { inside: server.inside });
    page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    await morePictures(page, 30);
  });

  afterEach(async () => {
    await page?.context().close();
    assert.equal((await daemon.stop()).code, 0, daemon.tail());
  });

  const viewersOf = async (any) => (await any.evaluate(async () => (await fetch('/api/status')).json())).viewers;

  /// The reconnects since the page was opened.
  const reconnects = () => page.evaluate(() => window.cubestream.reconnects);

  /// Waits for this entry in the event log of the page.
  const noted = (what) => page.waitForFunction(
    (wanted) => window.cubestream.events.some((event) => event.what === wanted), what);

  async function report(t) {
    const { freezeCount, framesDecoded, nackCount, pliCount, packetsLost } = await page.evaluate(() => window.cubestream.stats());
    t.diagnostic(JSON.stringify({ freezeCount, framesDecoded, nackCount, pliCount, packetsLost }));
    t.diagnostic(JSON.stringify(await link.stats()));
  }

  it('continues at 10 % packet loss each way', async (t) => {
    await link.set({ loss: 0.1 });
    await morePictures(page, 300);
    assert.equal(await page.evaluate(() => window.cubestream.state), 'playing');
    assert.equal(await reconnects(), 0);
    assert.ok((await link.stats()).down.lost > 0);
    await report(t);
  });

  it('continues at 20 % packet loss each way, with retransmissions', async (t) => {
    await link.set({ loss: 0.2 });
    await morePictures(page, 300);
    assert.equal(await page.evaluate(() => window.cubestream.state), 'playing');
    const { viewer_packets_repeated_total: repeated } = await daemon.metrics();
    assert.ok(repeated > 0);
    t.diagnostic(`${repeated} packets were retransmitted`);
    await report(t);
  });

  it('continues with jitter and reordering', async (t) => {
    await link.set({ delay: 100, down: { jitter: 30, reorder: 0.05 } });
    await morePictures(page, 300);
    assert.equal(await reconnects(), 0);
    assert.ok((await link.stats()).down.heldBack > 0);
    await report(t);
  });

  it('resumes in the same session when the network is back after five seconds', async (t) => {
    await link.blackout(5000);
    await noted('the picture resumed');
    await morePictures(page, 30);
    assert.equal(await reconnects(), 0);
    assert.equal(await page.evaluate(() => window.cubestream.state), 'playing');
    const metrics = await daemon.metrics();
    assert.equal(metrics['viewers_left_total{reason="vanished"}'], 0);
    await report(t);
  });

  it('reconnects when the network was down for so long that the server removed the viewer', async (t) => {
    const end = performance.now() + 15_000;
    await link.blackout(15_000);
    await daemon.line(/left \(vanished\)/);
    await page.waitForFunction(() => window.cubestream.reconnects > 0 && window.cubestream.state === 'playing');
    t.diagnostic(`playing ${(performance.now() - end).toFixed(0)} ms after the network came back`);
    await morePictures(page, 30);
    await report(t);
  });

  /// Waits until the video has this width.
  const ofWidth = (width) => page.waitForFunction((wanted) => window.cubestream.video.videoWidth === wanted, width);

  it('gets a smaller picture and a message on a slow link, and the full picture when the link is fast again', async (t) => {
    await link.set({ down: { rate: 600_000, queue: 20_000 } });
    await saying(page, /^Your connection carries about \d.* kbit\/s: showing (640×360|320×180)\.$/);
    await keep(page, 'bad-network-smaller');
    await page.waitForFunction(() =>
      document.getElementById('status').textContent.includes(`showing ${window.cubestream.video.videoWidth}×`));
    await morePictures(page, 60);
    await link.set({ down: { rate: 0 } });
    await noted('the network carries the full picture');
    await ofWidth(1280);
    await morePictures(page, 60);
    assert.equal(await reconnects(), 0);
    const { viewer_moves_total: moves, viewer_limited_seconds_total: limited } = await daemon.metrics();
    assert.ok(moves >= 2);
    t.diagnostic(`limited for ${limited} s, ${moves} moves`);
    await report(t);
  });

  it('gets the smallest picture at a lower frame rate and a message on a link below the minimum bit rate', async (t) => {
    await link.set({ down: { rate: 100_000, queue: 10_000 } });
    await saying(page, /Your network is too slow for this picture: it carries about \d/);
    await keep(page, 'bad-network-slow');
    await ofWidth(320);
    const slow = await daemon.metrics();
    assert.equal(slow.viewers_slowed, 1);
    assert.ok(slow.viewer_frames_skipped_for_network_total > 0);
    await morePictures(page, 30);
    assert.equal(await reconnects(), 0);
    await link.set({ down: { rate: 0 } });
    await noted('the network is fast enough');
    await morePictures(page, 60);
    assert.equal((await daemon.metrics()).viewers_slowed, 0);
    await report(t);
  });

  it('does not affect a viewer on another network', async (t) => {
    const other = await launchBrowser({ executable: server.chromium });
    try {
      const neighbour = await openPage(await other.newContext(), daemon.url);
      await playing(neighbour);
      await morePictures(neighbour, 30);
      const joined = (await viewersOf(neighbour)).at(-1).viewer;
      await link.set({ down: { rate: 1_200_000, queue: 250_000, loss: 0.05 } });
      await page.waitForFunction(() => window.cubestream.events.some(({ what }) => /^the network carries \d/.test(what)));
      await morePictures(neighbour, 300);
      // The other one has moved, as its page says. Its picture now depends on the moment, and it may have reconnected.
      const fast = (await viewersOf(neighbour)).find(({ viewer }) => viewer === joined);
      assert.deepEqual([fast.picture.width, fast.movesDown, fast.picturesSkippedForNetwork, fast.slowed], [1280, 0, 0, false]);
      const seen = await neighbour.evaluate(() => ({
        reconnects: window.cubestream.reconnects,
        events: window.cubestream.events.map(({ what }) => what),
      }));
      assert.equal(seen.reconnects, 0);
      assert.ok(!seen.events.some((what) => what.startsWith('the network')), seen.events.join(', '));
      const { freezeCount, framesDropped, packetsLost } = await neighbour.evaluate(() => window.cubestream.stats());
      t.diagnostic(`the neighbour: ${JSON.stringify({ freezeCount, framesDropped, packetsLost })}`);
    } finally {
      await other.close();
    }
  });
});

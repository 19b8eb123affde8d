// SPDX-License-Identifier: MIT
// Many viewers, some of them misbehaving. Other viewers are not disturbed, and nothing is left behind.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSlowness, kSmall, pause } from './daemon.mjs';
import { Receivers } from './receivers.mjs';

const kMany = 50;
const kVanished = 'viewers_left_total{reason="vanished"}';
const kOneAfterTheOther = Math.round(1000 / kSlowness);

/// Whether the resources are back to those of `start`.
const rested = (start) => (now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0 &&
  now.threads <= start.threads && now.descriptors <= start.descriptors;

describe('with a resident viewer', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let start; // the counters without viewers, after the first viewer has left
  let resident; // a process with one viewer that stays all the time
  let viewer;
  let seen;
  before(async () => {
    daemon = await Daemon.start({ CS_MAX_VIEWERS: String(2 * kMany), ...kSmall });
    resident = Receivers.start();
    resident.leave((await resident.join(daemon.url)).id);
    start = await daemon.until(({ viewers, encoders_running: encoders }) => viewers === 0 && encoders === 0);
    viewer = await resident.join(daemon.url);
    seen = await counters();
  });
  after(async () => {
    resident.leave(viewer.id);
    const end = await daemon.until(rested(start)).catch((error) => error);
    await resident.stop();
    assert.equal((await daemon.stop()).code, 0);
    if (end instanceof Error) throw end;
    assert.deepEqual(daemon.log.filter(({ level }) => level === 'error').map(({ message }) => message), []);
  });

  async function counters() {
    return (await resident.look()).receivers.find(({ id }) => id === viewer.id);
  }

  /// The resident viewer still receives complete pictures and has lost no packet since the last call. `beside`: the
  /// number of other viewers.
  async function undisturbed({ beside = 0 } = {}) {
    const before = seen;
    for (; seen.pictures < before.pictures + 30; seen = await counters()) await pause();
    assert.equal(seen.lost, before.lost);
    assert.equal(seen.broken, before.broken);
    await daemon.until(({ viewers, webrtcbins_alive: alive }) => viewers === 1 + beside && alive === 1 + beside);
  }

  it(`${kMany} viewers join at once, see the picture, are killed at once, and join again at once`, async () => {
    const first = Receivers.start();
    await Promise.all(Array.from({ length: kMany }, () => first.join(daemon.url)));
    await daemon.until(({ viewers }) => viewers === kMany + 1);
    await first.die();
    // The sessions of the killed viewers stay for a while, and are evicted for new ones.
    const second = Receivers.start();
    await Promise.all(Array.from({ length: kMany }, () => second.join(daemon.url)));
    const { receivers } = await second.look();
    assert.equal(receivers.filter(({ pictures }) => pictures > 0).length, kMany);
    await second.stop();
    await undisturbed();
  });

  it('stopped viewers are removed as vanished', async () => {
    const { [kVanished]: before } = await daemon.metrics();
    const stopped = Receivers.start();
    await Promise.all(Array.from({ length: 5 }, () => stopped.join(daemon.url)));
    stopped.freeze(true);
    await undisturbed();
    const { [kVanished]: vanished } = await daemon.metrics();
    assert.equal(vanished - before, 5);
    stopped.freeze(false);
    await stopped.stop();
  });

  it('a viewer without RTCP reports is removed with a reason, even if its WebSocket answers', async () => {
    const silent = Receivers.start();
    const { id } = await silent.join(daemon.url);
    const closed = silent.closed(id);
    silent.say({ do: 'silence', id });
    assert.deepEqual(await closed, { code: 'vanished', close: 1011 });
    await silent.stop();
    await undisturbed();
  });

  it('a half-connected viewer is removed with a reason', async () => {
    const half = Receivers.start();
    const { code, close } = await half.offerAlone(daemon.url);
    assert.match(code, /^(not-connected|ice-failed)$/);
    assert.equal(close, 1011);
    await half.stop();
    await undisturbed();
  });

  it('a viewer whose signalling breaks still receives pictures', async () => {
    const lonely = Receivers.start();
    const { id } = await lonely.join(daemon.url);
    lonely.breakSignalling(id);
    await daemon.until(({ viewers_orphaned_total: orphans }) => orphans > 0);
    const pictures = async () => (await lonely.look()).receivers[0].pictures;
    const before = await pictures();
    while (await pictures() < before + 30) await pause();
    lonely.leave(id);
    await lonely.stop();
    await undisturbed();
  });

  it('a flood of keyframe requests from one viewer does not raise the keyframe rate', async () => {
    const flooder = Receivers.start();
    const { id } = await flooder.join(daemon.url);
    const before = await daemon.metrics();
    const began = performance.now();
    flooder.say({ do: 'keyframes', id, per_second: 200 });
    const now = await daemon.until(({ keyframe_requests_refused_total: refused }) =>
      refused - before.keyframe_requests_refused_total > 300);
    const seconds = (performance.now() - began) / 1000;
    const made = now.keyframes_requested_total - before.keyframes_requested_total;
    assert.ok(made <= 4 + seconds / 2, `${made} keyframes in ${seconds.toFixed(1)} s`);
    flooder.leave(id);
    await flooder.stop();
    await undisturbed();
  });

  it('a flood of feedback on packets that were never sent is ignored', async () => {
    const flooder = Receivers.start();
    try {
      const { id } = await flooder.join(daemon.url);
      const dropped = (now, reason) => now[`viewer_inbound_packets_dropped_total{reason="${reason}"}`];
      const before = await daemon.metrics();
      flooder.say({ do: 'feedback', id, per_second: 2000 });
      // Feedback within the rate limit is read and found invalid; the rest is dropped unread.
      await daemon.until((now) =>
        ['feedback', 'rate'].every((reason) => dropped(now, reason) - dropped(before, reason) > 500));
      await undisturbed({ beside: 1 });
      flooder.leave(id);
    } finally {
      await flooder.stop();
    }
    await undisturbed();
  });
});

describe('without a resident viewer', { timeout: 20 * kTimeLimit }, () => {
  it(`${kOneAfterTheOther} viewers, one after the other, leave nothing behind`, async (t) => {
    const daemon = await Daemon.start({ CS_WIDTH: '320', CS_HEIGHT: '240' });
    const receivers = Receivers.start();
    try {
      const once = async () => {
        const { id } = await receivers.join(daemon.url);
        receivers.leave(id);
        return daemon.until(({ viewers, webrtcbins_alive: alive }) => viewers === 0 && alive === 0, 5);
      };
      // What the first hundred viewers leave is kept by the libraries for the life of the process.
      const warm = Math.min(100, kOneAfterTheOther / 2);
      for (let i = 0; i < warm; ++i) await once();
      const start = await daemon.look();
      for (let i = warm; i < kOneAfterTheOther; ++i) await once();
      const end = await daemon.until((now) => rested(start)(now));
      t.diagnostic(`anonymous memory after ${warm}: ${start.anonymousMb.toFixed(1)} MB, ` +
        `after ${kOneAfterTheOther}: ${end.anonymousMb.toFixed(1)} MB`);
      assert.equal(end.clients_joined_total, kOneAfterTheOther);
      // A leak of one webrtcbin in ten would be 60 MB.
      if (kSlowness === 1) assert.ok(end.anonymousMb < start.anonymousMb + 16);
    } finally {
      await receivers.stop();
      assert.equal((await daemon.stop()).code, 0);
    }
  });
});

// SPDX-License-Identifier: MIT
// Many viewers, and bad ones among them; what the others notice of it, and what is left of it afterwards: nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSlowness, kSmall, pause } from './daemon.mjs';
import { Receivers } from './receivers.mjs';

const kMany = 50;
const kVanished = 'viewers_left_total{reason="vanished"}';
const kOneAfterTheOther = Math.round(1000 / kSlowness);

/// Back to what it was when `start` was looked at.
const rested = (start) => (now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0 &&
  now.threads <= start.threads && now.descriptors <= start.descriptors;

describe('while somebody watches', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let start; // with nobody there, but after the first had been
  let resident; // a process with one viewer, who is there all the time
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

  /// The resident has gone on seeing whole pictures, and has lost nothing since the last time; `beside` it there are so
  /// many others.
  async function undisturbed({ beside = 0 } = {}) {
    const before = seen;
    for (; seen.pictures < before.pictures + 30; seen = await counters()) await pause();
    assert.equal(seen.lost, before.lost);
    assert.equal(seen.broken, before.broken);
    await daemon.until(({ viewers, webrtcbins_alive: alive }) => viewers === 1 + beside && alive === 1 + beside);
  }

  it(`${kMany} come at once, all see the picture, are killed at once, and come back at once`, async () => {
    const first = Receivers.start();
    await Promise.all(Array.from({ length: kMany }, () => first.join(daemon.url)));
    await daemon.until(({ viewers }) => viewers === kMany + 1);
    await first.die();
    // The dead have their places for a while, and give way to those who come.
    const second = Receivers.start();
    await Promise.all(Array.from({ length: kMany }, () => second.join(daemon.url)));
    const { receivers } = await second.look();
    assert.equal(receivers.filter(({ pictures }) => pictures > 0).length, kMany);
    await second.stop();
    await undisturbed();
  });

  it('stopped ones are removed, as vanished', async () => {
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

  it('one that sends no reports is removed and told why, even if its WebSocket answers', async () => {
    const silent = Receivers.start();
    const { id } = await silent.join(daemon.url);
    const closed = silent.closed(id);
    silent.say({ do: 'silence', id });
    assert.deepEqual(await closed, { code: 'vanished', close: 1011 });
    await silent.stop();
    await undisturbed();
  });

  it('a half-connected one is removed and told why', async () => {
    const half = Receivers.start();
    const { code, close } = await half.offerAlone(daemon.url);
    assert.match(code, /^(not-connected|ice-failed)$/);
    assert.equal(close, 1011);
    await half.stop();
    await undisturbed();
  });

  it('one whose signalling breaks goes on seeing the picture', async () => {
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

  it('one that floods requests for keyframes does not set the pace', async () => {
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

  it('one that floods feedback on packets that were never sent is not listened to', async () => {
    const flooder = Receivers.start();
    try {
      const { id } = await flooder.join(daemon.url);
      const dropped = (now, reason) => now[`viewer_inbound_packets_dropped_total{reason="${reason}"}`];
      const before = await daemon.metrics();
      flooder.say({ do: 'feedback', id, per_second: 2000 });
      // As many as a receiver may send are read and found to be wrong; the others are not even read.
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

describe('with nobody else there', { timeout: 20 * kTimeLimit }, () => {
  it(`${kOneAfterTheOther} viewers, one after the other, leave nothing behind`, async (t) => {
    const daemon = await Daemon.start({ CS_WIDTH: '320', CS_HEIGHT: '240' });
    const receivers = Receivers.start();
    try {
      const once = async () => {
        const { id } = await receivers.join(daemon.url);
        receivers.leave(id);
        return daemon.until(({ viewers, webrtcbins_alive: alive }) => viewers === 0 && alive === 0, 5);
      };
      // What the first hundred leave is the libraries' for the life of the process.
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

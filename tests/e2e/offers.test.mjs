// SPDX-License-Identifier: MIT
// Offers of all shapes that browsers make, and some of other programs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { kTimeLimit, launchBrowser, openPage } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { launchFirefox, openInFirefox } from './firefox.mjs';

/// Runs in the tab: a WHEP session whose offer has these sections in this order ("audio", "video", "data"). The
/// functions named in `changes` modify the offer before it is sent. Returns the status, the answer and the number of
/// decoded frames.
async function watch({ endpoint, sections, policy, changes, frames }) {
  const pc = new RTCPeerConnection({ bundlePolicy: policy });
  const receivers = [];
  for (const section of sections) {
    if (section === 'data') pc.createDataChannel('data');
    else receivers.push(pc.addTransceiver(section, { direction: 'recvonly' }).receiver);
  }
  await pc.setLocalDescription();
  if (pc.iceGatheringState !== 'complete')
    await new Promise((resolve) => {
      pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve();
    });
  const without = (pattern) => (sdp) => sdp.split('\r\n').filter((line) => !pattern.test(line)).join('\r\n');
  const change = {
    'no bundle': without(/^a=group:BUNDLE/),
    'setup at the session': (sdp) => without(/^a=setup:/)(sdp).replace('m=', 'a=setup:actpass\r\nm='),
    'bundle-only with a port': (sdp) => {
      const [head, first, ...rest] = sdp.split(/^(?=m=)/m);
      const bare = (section) => without(/^a=(ice-|fingerprint:|setup:|candidate:|end-of)/)(section)
        .replace(/^m=(\S+) \S+/, 'm=$1 9').replace(/(a=mid:.*\r\n)/, '$1a=bundle-only\r\n');
      return [head, first, ...rest.map(bare)].join('');
    },
    'another certificate': (sdp) => sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (_, key, byte) => key + (byte === 'AB' ? 'CD' : 'AB')),
  };
  const offer = changes.reduce((sdp, name) => change[name](sdp), pc.localDescription.sdp);
  const created = await fetch(endpoint, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: offer });
  const answer = await created.text();
  if (created.status !== 201) return { status: created.status, answer, decoded: 0 };
  await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  const decoded = async () => {
    let most = 0;
    for (const report of (await pc.getStats()).values())
      if (report.type === 'inbound-rtp' && report.kind === 'video') most = Math.max(most, report.framesDecoded ?? 0);
    return most;
  };
  const isOver = () => ['failed', 'closed', 'disconnected'].includes(pc.connectionState);
  while (await decoded() < frames && !isOver()) await new Promise((resolve) => { setTimeout(resolve, 50); });
  const seen = { status: created.status, answer, decoded: await decoded(), state: pc.connectionState };
  pc.close(); // also sends the close of the data channel to the server
  return seen;
}

/// The sections of the answer: "kind", or "no kind" if rejected.
const sectionsOf = (answer) => [...answer.matchAll(/^m=(\S+) (\d+)/gm)].map(([, kind, port]) => (port === '0' ? `no ${kind}` : kind));

describe('an offer', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let chromium;
  let firefox;
  before(async () => {
    daemon = await Daemon.start(kSmall);
    [chromium, firefox] = await Promise.all([launchBrowser(), launchFirefox()]);
  });
  after(async () => {
    await chromium?.close();
    await firefox?.close();
    assert.equal((await daemon.stop()).code, 0);
  });

  const shapes = [
    { name: 'with video only', sections: ['video'], answered: ['video'] },
    { name: 'with audio before video', sections: ['audio', 'video'], answered: ['audio', 'video'] },
    { name: 'with a data channel', sections: ['video', 'data'], answered: ['video', 'no application'] },
    { name: 'with audio, video and a data channel', sections: ['audio', 'video', 'data'], answered: ['audio', 'video', 'no application'] },
    { name: 'with video twice', sections: ['video', 'video'], answered: ['video', 'no video'] },
    { name: 'with twenty sections', sections: Array(20).fill('video'), answered: ['video', ...Array(19).fill('no video')] },
    { name: 'with max-bundle', sections: ['audio', 'video', 'data'], policy: 'max-bundle', answered: ['audio', 'video', 'no application'] },
    { name: 'with max-compat', sections: ['video', 'audio'], policy: 'max-compat', answered: ['video', 'no audio'] },
    { name: 'without BUNDLE', sections: ['video'], changes: ['no bundle'], answered: ['video'] },
    { name: 'with two sections and without BUNDLE', sections: ['video', 'audio'], policy: 'max-compat', changes: ['no bundle'], answered: ['video', 'no audio'] },
    { name: 'with bundled sections without transport attributes', sections: ['audio', 'video'], changes: ['bundle-only with a port'], answered: ['audio', 'video'] },
    { name: 'with a=setup at session level', sections: ['video', 'audio'], changes: ['setup at the session'], answered: ['video', 'no audio'] },
  ];
  const inEach = [
    ['Chromium', async () => openPage(await chromium.newContext(), new URL('healthz', daemon.url).href)],
    ['Firefox', () => openInFirefox(firefox, new URL('healthz', daemon.url).href)],
  ];
  for (const [browser, open] of inEach) {
    for (const { name, sections, policy = 'balanced', changes = [], answered } of shapes) {
      it(`${name} gets the picture in ${browser}, and its close reaches the server`, async () => {
        const from = daemon.log.length;
        const page = await open();
        const seen = await page.evaluate(watch, { endpoint: new URL('whep', daemon.url).href, sections, policy, changes, frames: 10 });
        assert.equal(seen.status, 201, seen.answer);
        assert.ok(seen.decoded >= 10, JSON.stringify(seen));
        assert.deepEqual(sectionsOf(seen.answer), answered, seen.answer);
        const { level, message } = await daemon.line(/^left \(/, { from });
        assert.equal(level, 'info', message);
        assert.match(message, /^left \(closed\)/);
        await page.close();
        await daemon.until(({ viewers }) => viewers === 0);
        // A busy machine may log that it is too slow.
        const complaints = daemon.log.slice(from).filter((line) => /warn|error/.test(line.level))
          .map((line) => `${line.name}: ${line.message}`).filter((line) => !/cannot keep the rate/.test(line));
        assert.deepEqual(complaints, []);
      });
    }
  }

  it('with a wrong fingerprint gets no media, and is logged and counted', async () => {
    const from = daemon.log.length;
    const page = await inEach[0][1]();
    const seen = await page.evaluate(watch, {
      endpoint: new URL('whep', daemon.url).href, sections: ['video'], policy: 'balanced', changes: ['another certificate'], frames: 1 });
    assert.equal(seen.status, 201, seen.answer);
    assert.equal(seen.decoded, 0);
    const { level, message } = await daemon.line(/^left \(/, { from });
    assert.equal(level, 'warning');
    assert.match(message, /^left \(certificate-mismatch\): the DTLS certificate does not match/);
    const metrics = await daemon.metrics();
    assert.equal(metrics['viewers_left_total{reason="certificate-mismatch"}'], 1);
    await page.close();
  });
});

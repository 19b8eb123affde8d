// SPDX-License-Identifier: MIT
// WHEP from another origin, within the CORS rules of a browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { kTimeLimit, launchBrowser, openPage } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';

/// Runs in the tab: a WHEP session from POST to DELETE; returns the status of each request.
async function watch(endpoint) {
  const pc = new RTCPeerConnection();
  pc.addTransceiver('video', { direction: 'recvonly' });
  await pc.setLocalDescription();
  const created = await fetch(endpoint, {
    method: 'POST', headers: { 'Content-Type': 'application/sdp', Authorization: 'Bearer x' }, body: pc.localDescription.sdp,
  });
  const session = new URL(created.headers.get('Location'), endpoint);
  const etag = created.headers.get('ETag');
  await pc.setRemoteDescription({ type: 'answer', sdp: await created.text() });
  if (pc.iceGatheringState !== 'complete')
    await new Promise((resolve) => {
      pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve();
    });
  const lines = pc.localDescription.sdp.split('\r\n');
  const fragment = lines.filter((line) => /^(m=|a=(mid|ice-ufrag|ice-pwd|candidate):)/.test(line));
  const send = (method, headers, body) => fetch(session, { method, headers, body });
  const trickle = { 'Content-Type': 'application/trickle-ice-sdpfrag' };
  const patch = (match, body) => send('PATCH', { ...trickle, 'If-Match': match }, body);
  const trickled = await patch(etag, [...fragment, 'a=end-of-candidates', ''].join('\r\n'));
  const stale = await patch('"stale"', 'a=end-of-candidates\r\n');
  const restart = await patch('*', 'a=ice-ufrag:other\r\na=ice-pwd:other\r\n');
  const words = await restart.text();
  const deleted = await send('DELETE');
  const again = await send('DELETE');
  pc.close();
  return { statuses: [created, trickled, stale, restart, deleted, again].map(({ status }) => status),
    path: session.pathname, etag, words };
}

/// Runs in the tab: posts an invalid offer.
async function fail(endpoint) {
  const refused = await fetch(endpoint, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: 'v=0' });
  return { status: refused.status, words: await refused.text() };
}

/// Runs in the tab: a complete session with trickled candidates.
async function trickle(endpoint) {
  const peer = new RTCPeerConnection();
  const { receiver } = peer.addTransceiver('video', { direction: 'recvonly' });
  const found = [];
  let more = () => {};
  peer.onicecandidate = ({ candidate }) => {
    found.push(candidate?.candidate ?? '');
    more();
  };
  await peer.setLocalDescription();
  const { sdp } = peer.localDescription;
  const answer = await fetch(endpoint, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: sdp });
  const location = answer.headers.get('Location');
  const etag = answer.headers.get('ETag');
  const posted = { status: answer.status, type: answer.headers.get('Content-Type'), place: !!location, etag: !!etag };
  const session = new URL(location, endpoint);
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });

  const [ufrag, pwd, mid] = ['ice-ufrag', 'ice-pwd', 'mid'].map((name) => sdp.match(`a=${name}:.*`)[0]);
  const patched = [];
  for (let ended = false; !ended;) {
    if (found.length === 0) await new Promise((resolve) => { more = resolve; });
    const candidates = found.splice(0);
    ended = candidates.includes('');
    const lines = candidates.map((candidate) => (candidate === '' ? 'a=end-of-candidates' : `a=${candidate}`));
    const body = `${[ufrag, pwd, 'm=video 9 UDP/TLS/RTP/SAVPF 0', mid, ...lines].join('\r\n')}\r\n`;
    const headers = { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': etag };
    patched.push((await fetch(session, { method: 'PATCH', headers, body })).status);
  }

  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = new MediaStream([receiver.track]);
  document.body.append(video);
  await video.play();
  for (let i = 0; i < 15; ++i) await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  const deleted = (await fetch(session, { method: 'DELETE' })).status;
  const again = (await fetch(session, { method: 'DELETE' })).status;
  peer.close();
  return { posted, patched, deleted, again };
}

test('a player from an allowed origin gets responses according to WHEP', { timeout: 3 * kTimeLimit }, async () => {
  const elsewhere = createServer((request, response) => response.end('')).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const origin = `http://127.0.0.1:${elsewhere.address().port}`;
  const daemon = await Daemon.start({ ...kSmall, CS_ALLOWED_ORIGINS: origin });
  // Chromium would hide its address behind an mDNS name, which the server cannot resolve.
  const browser = await launchBrowser({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] });
  try {
    const page = await openPage(await browser.newContext(), `${origin}/`);
    const endpoint = new URL('whep', daemon.url);
    const seen = await page.evaluate(watch, endpoint.href);
    assert.deepEqual(seen.statuses, [201, 204, 412, 422, 200, 404]);
    assert.match(seen.path, /^\/whep\/[0-9a-f]{32}$/);
    assert.match(seen.etag, /^"[0-9a-f]{32}"$/);
    assert.match(seen.words, /ICE restart/);
    const { status, words } = await page.evaluate(fail, endpoint.href);
    assert.equal(status, 400, words);
    assert.ok(words.length > 10, 'a page can read the reason');
    const { posted, patched, deleted, again } = await page.evaluate(trickle, endpoint.href);
    assert.deepEqual(posted, { status: 201, type: 'application/sdp', place: true, etag: true });
    assert.ok(patched.length > 0 && patched.every((one) => one === 204), `PATCH got ${patched}`);
    assert.deepEqual({ deleted, again }, { deleted: 200, again: 404 });
    const end = await daemon.until((now) => now.net_whep_sessions === 0 && now.webrtcbins_alive === 0);
    assert.equal(end.clients_joined_total, 3);
    assert.equal(end.net_requests_bad_total, 0);
  } finally {
    await browser.close();
    elsewhere.close();
    assert.equal((await daemon.stop()).code, 0, daemon.tail());
  }
});

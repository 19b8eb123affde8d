// SPDX-License-Identifier: MIT
// What a browser lets a player from another origin do by WHEP.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { kPatience, launchBrowser, openPage } from './browser.mjs';
import { Daemon } from './daemon.mjs';

/// In the browser: one player's life, from its offer to its goodbye; what the server said to each step.
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

/// The same for an offer that the server cannot take.
async function fail(endpoint) {
  const refused = await fetch(endpoint, { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: 'v=0' });
  return { status: refused.status, words: await refused.text() };
}

test('a player from another origin that is allowed is served as WHEP says', { timeout: 3 * kPatience }, async () => {
  const elsewhere = createServer((request, response) => response.end('')).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const origin = `http://127.0.0.1:${elsewhere.address().port}`;
  const daemon = await Daemon.start({ CS_ALLOWED_ORIGINS: origin });
  const browser = await launchBrowser();
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
    assert.ok(words.length > 10, 'a page can read why');
    const end = await daemon.until((now) => now.net_whep_sessions === 0 && now.webrtcbins_alive === 0);
    assert.equal(end.clients_joined_total, 2);
    assert.equal(end.net_requests_bad_total, 0);
  } finally {
    await browser.close();
    elsewhere.close();
    assert.equal((await daemon.stop()).code, 0, daemon.tail());
  }
});

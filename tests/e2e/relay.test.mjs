// SPDX-License-Identifier: MIT
// Server and viewer in separate networks that are connected by a TURN relay only, a real coturn. The page is loaded
// through a TCP forwarder on the same machine, as through a reverse proxy.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying } from './browser.mjs';
import { Daemon, run } from './daemon.mjs';
import { Machine } from './network.mjs';
import { rememberPeers, selectedPair } from './pair.mjs';

const kRelay = '10.99.0.1'; // the only address that both sides can reach
const kPage = `http://${kRelay}:8080/`;
const kUser = 'viewer@home';
const kPassword = 'p@ss/w:rd?#%41 &"+\\';
const kSecret = 'relay-secret-4711-0123456789abcdef';
const kToken = 'token-4711-0123456789abcdef';
const kGstDebug = '2,webrtc*:9,nice*:9'; // the categories that could log the login

/// Starts the server and calls `watch({daemon, relaySaid, open})`. `open(address)` opens the page in a browser that
/// uses relay candidates only.
async function throughRelay({ login, relayOptions = [], settings }, watch) {
  const relay = new Machine('relay');
  const server = new Machine('server');
  const client = new Machine('client');
  let daemon;
  let browser;
  try {
    relay.ip('addr', 'add', `${kRelay}/32`, 'dev', 'lo');
    relay.cable(server, '10.99.1.1/24', '10.99.1.2/24');
    relay.cable(client, '10.99.2.1/24', '10.99.2.2/24');
    server.ip('route', 'add', kRelay, 'via', '10.99.1.1');
    client.ip('route', 'add', kRelay, 'via', '10.99.2.1');
    const relaySaid = await relay.turn(kRelay, login, ...relayOptions);
    daemon = await Daemon.start(
      { CS_HOST: '10.99.1.2', CS_LOG_LEVEL: 'debug', CS_ICE_TCP: 'off', ...settings }, { inside: server.inside });
    await relay.forward(8080, `10.99.1.2:${daemon.port}`);

    browser = await launchBrowser({ executable: client.chromium });
    const context = await browser.newContext();
    await rememberPeers(context, { iceTransportPolicy: 'relay' });
    await watch({ daemon, relaySaid, open: (address) => openPage(context, address) });
    await browser.close();
    browser = null;
    assert.equal((await daemon.stop()).code, 0);
  } catch (error) {
    throw daemon ? new Error(`${error.message}\n${daemon.tail(60)}`, { cause: error }) : error;
  } finally {
    await browser?.close();
    await daemon?.stop();
    for (const machine of [client, server, relay]) await machine.end();
  }
}

async function sees(page, relayProtocol) {
  await playing(page);
  await morePictures(page, 15);
  const pair = await selectedPair(page);
  assert.deepEqual({ local: pair.local, relayProtocol: pair.relayProtocol, remote: pair.remote },
    { local: 'relay', relayProtocol, remote: 'relay' });
}

describe('a viewer that can reach only the relay', { timeout: 4 * kTimeLimit }, () => {
  const watchBy = (transport, relayOptions) => throughRelay({
    login: { user: kUser, password: kPassword },
    relayOptions,
    settings: {
      CS_TURN_SERVER: `turn://${kRelay}:3478?transport=${transport}`, CS_TURN_USER: kUser, CS_TURN_PASS: kPassword,
    },
  }, async ({ open }) => {
    const page = await open(kPage);
    await sees(page, transport);
    await keep(page, `relay-${transport}`);
  });
  it('gets the picture over UDP', () => watchBy('udp', ['--no-tcp']));
  it('gets the picture over TCP', () => watchBy('tcp', ['--no-udp']));
});

describe('a TURN login that is derived from a secret', { timeout: 4 * kTimeLimit }, () => {
  const settings = { CS_TURN_SERVER: `turn://${kRelay}:3478`, CS_TURN_SECRET: kSecret };
  const passOf = (user, secret = kSecret) => createHmac('sha1', secret).update(user).digest('base64');
  /// The TURN user of the latest peer connection of the page.
  const userOf = (page) => page.evaluate(() => window.peers.at(-1).getConfiguration().iceServers[0].username);
  const config = (page, token) => page.evaluate(async (headers) => {
    const reply = await fetch('config.json', { headers });
    return { status: reply.status, caching: reply.headers.get('Cache-Control'), text: await reply.text() };
  }, token ? { Authorization: `Bearer ${token}` } : {});

  it('lets an authorised viewer watch, differs for each session, and is not logged', () => throughRelay({
    login: { secret: kSecret },
    settings: { ...settings, CS_AUTH_TOKEN: kToken, CS_LOG_LEVEL: 'trace', GST_DEBUG: kGstDebug, NICE_DEBUG: 'all', G_MESSAGES_DEBUG: 'all' },
  }, async ({ daemon, relaySaid, open }) => {
    const page = await open(`${kPage}#token=${kToken}`);
    await sees(page, 'udp');
    const users = [await userOf(page)];
    // As when the page enters and leaves the back/forward cache.
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await page.waitForFunction(
      (user) => window.peers.at(-1).getConfiguration().iceServers[0]?.username !== user, users[0]);
    await sees(page, 'udp');
    users.push(await userOf(page));

    const without = await config(page, '');
    assert.equal(without.status, 401);
    assert.doesNotMatch(without.text, /turn:|credential|username/);
    const before = Date.now() / 1000;
    const allowed = await config(page, kToken);
    assert.equal(allowed.status, 200);
    assert.match(allowed.caching, /no-store/);
    const { iceServers: [{ username, credential }], ttl } = JSON.parse(allowed.text);
    users.push(username);
    assert.equal(credential, passOf(username));
    assert.equal(ttl, 3600);
    for (const user of users) {
      const left = parseInt(user, 10) - before;
      assert.ok(left > 3600 - kTimeLimit / 1000 && left <= 3601, `${user} is good for ${left} s`);
    }
    assert.equal(new Set(users).size, 3);

    const known = new Set(relaySaid.join('\n').match(/\b\d{10}:[0-9a-f]{16}\b/g));
    assert.ok(known.has(users[0]) && known.has(users[1]), `${[...known]}`);
    assert.ok([...known].some((user) => !users.includes(user)), 'the server uses relays of its own');
    const all = daemon.raw.join('\n');
    assert.match(all, /webrtc.*turn/i, 'the log has what GStreamer logs about the relay');
    for (const user of [...known, ...users])
      for (const word of [user, passOf(user)])
        for (const form of [word, encodeURIComponent(word)]) assert.ok(!all.includes(form), `${form} of ${user}`);
    assert.ok(!all.includes(kSecret));
  }));

  it('from a wrong secret gives no relay: a viewer that needs one gets an error, others watch', async () => {
    const server = new Machine('server');
    const client = new Machine('client');
    let daemon;
    let browser;
    try {
      server.cable(client, '10.99.1.1/24', '10.99.1.2/24');
      await server.turn('10.99.1.1', { secret: 'another-secret-4711-0123456789abcdef' });
      const wrong = { CS_HOST: '10.99.1.1', CS_TURN_SERVER: 'turn://10.99.1.1:3478', CS_TURN_SECRET: kSecret };
      const { code, out } = await run({ ...wrong, CS_PORT: '0' }, ['--check'], server.inside);
      assert.equal(code, 1);
      assert.match(out, /^FAILED +turn +turn:\S+ via UDP: it rejects user and password \(401\); .*static-auth-secret/m);
      assert.ok(!out.includes(kSecret));
      assert.match(out, /^CS_TURN_SECRET=\(set\)$/m);

      daemon = await Daemon.start(wrong, { inside: server.inside });
      browser = await launchBrowser({ executable: client.chromium });
      const free = await browser.newContext();
      await rememberPeers(free);
      const page = await openPage(free, daemon.url);
      await playing(page);
      await morePictures(page, 15);
      assert.notEqual((await selectedPair(page)).local, 'relay');
      assert.deepEqual(await page.evaluate(() => performance.getEntriesByType('resource')
        .filter(({ name }) => name.endsWith('/config.json')).map(({ initiatorType }) => initiatorType)),
      ['link'], 'config.json is preloaded despite no-store, and fetched once');
      const bound = await browser.newContext();
      await rememberPeers(bound, { iceTransportPolicy: 'relay' });
      await saying(await openPage(bound, daemon.url), /Its TURN server did not help either/);
      await browser.close();
      browser = null;
      assert.equal((await daemon.stop()).code, 0);
    } finally {
      await browser?.close();
      await daemon?.stop();
      for (const machine of [client, server]) await machine.end();
    }
  });
});

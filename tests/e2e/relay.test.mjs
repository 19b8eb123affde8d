// SPDX-License-Identifier: MIT
// Server and viewer in networks that know nothing of each other: between them only a relay, a real coturn. The page
// comes through a forwarder beside it, as through a reverse proxy.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keep, kPatience, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon } from './daemon.mjs';
import { Machine } from './network.mjs';
import { rememberPeers, selectedPair } from './pair.mjs';

const kRelay = '10.99.0.1'; // the one address that both sides reach
const kUser = 'viewer@home';
const kPassword = 'p@ss/w:rd?#%41 &"+\\';

async function watchThroughRelay(transport, relayOptions) {
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
    await relay.turn(kRelay, kUser, kPassword, ...relayOptions);
    daemon = await Daemon.start({
      CS_HOST: '10.99.1.2', CS_LOG_LEVEL: 'debug', CS_TURN_SERVER: `turn://${kRelay}:3478?transport=${transport}`,
      CS_TURN_USER: kUser, CS_TURN_PASS: kPassword, CS_ICE_TCP: 'off',
    }, { inside: server.inside });
    await relay.forward(8080, `10.99.1.2:${daemon.port}`);

    browser = await launchBrowser({ executable: client.chromium });
    const context = await browser.newContext();
    await rememberPeers(context, { iceTransportPolicy: 'relay' });
    const page = await openPage(context, `http://${kRelay}:8080/`);
    await playing(page);
    await morePictures(page, 15);
    await keep(page, `relay-${transport}`);
    const { local, relayProtocol, remote } = await selectedPair(page);
    assert.deepEqual({ local, relayProtocol, remote }, { local: 'relay', relayProtocol: transport, remote: 'relay' });
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

describe('a viewer who reaches nothing but the relay', { timeout: 4 * kPatience }, () => {
  it('gets the picture over UDP', () => watchThroughRelay('udp', ['--no-tcp']));
  it('gets the picture over TCP', () => watchThroughRelay('tcp', ['--no-udp']));
});

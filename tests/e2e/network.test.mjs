// SPDX-License-Identifier: MIT
// Server and viewer on separate machines, with various networks between them.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon } from './daemon.mjs';
import { Machine } from './network.mjs';
import { rememberPeers, selectedPair } from './pair.mjs';

// Chromium hides its addresses behind mDNS names, and makes no candidate in a network without multicast.
const kPlainAddresses = ['--disable-features=WebRtcHideLocalIpsWithMdns'];

describe('a viewer in another network', { timeout: 10 * kTimeLimit }, () => {
  let ending; // cleanup functions, in reverse order
  const until = (thing, end) => {
    ending.unshift(() => end(thing));
    return thing;
  };
  const machine = (role) => until(new Machine(role), (it) => it.end());
  const serve = async (settings, options) => until(await Daemon.start(settings, options), (it) => it.stop());

  beforeEach(() => { ending = []; });
  afterEach(async () => {
    for (const end of ending) await end();
  });

  /// Opens the page in a browser on `client`, waits for pictures, and returns the selected candidate pair.
  async function watch(client, url, name, args = []) {
    const browser = until(await launchBrowser({ executable: client.chromium, args }), (it) => it.close());
    const context = await browser.newContext();
    await rememberPeers(context);
    const page = await openPage(context, url);
    await playing(page);
    await morePictures(page, 15);
    await keep(page, name);
    return selectedPair(page);
  }

  it('gets the picture by IPv6 when CS_ICE_INTERFACES allows only IPv6', async () => {
    const [server, client] = [machine('server'), machine('client')];
    server.cable(client, ['fd99::1/64', '10.99.1.1/24'], ['fd99::2/64', '10.99.1.2/24']);
    const daemon = await serve({ CS_HOST: '::', CS_ICE_INTERFACES: 'fd99::1' }, { inside: server.inside });
    const pair = await watch(client, `http://[fd99::1]:${daemon.port}/`, 'network-ipv6');
    assert.equal(pair.remoteAddress, 'fd99::1');
  });

  it('gets the picture by IPv6 in a network with IPv6 only', async () => {
    const [server, client] = [machine('server'), machine('client')];
    server.cable(client, 'fd99::1/64', 'fd99::2/64');
    const daemon = await serve({ CS_HOST: '::' }, { inside: server.inside });
    const pair = await watch(client, `http://[fd99::1]:${daemon.port}/`, 'network-ipv6-alone', kPlainAddresses);
    assert.equal(pair.remoteAddress, 'fd99::1');
  });

  it('gets the picture on a machine with loopback only', async () => {
    const server = machine('server');
    const daemon = await serve({ CS_HOST: '::1' }, { inside: server.inside });
    const pair = await watch(server, daemon.url, 'network-loopback',
      [...kPlainAddresses, '--allow-loopback-in-peer-connection']);
    assert.match(pair.remoteAddress, /^(::1|127\.0\.0\.1)$/);
    await daemon.line(/viewers on other machines get no picture: the only usable addresses are loopback addresses/);
  });

  it('gets the picture through a 1:1 NAT when CS_PUBLIC_IP is set', async () => {
    const [server, router, client] = [machine('server'), machine('router'), machine('client')];
    server.cable(router, '10.99.1.2/24', '10.99.1.1/24');
    router.cable(client, '203.0.113.1/24', '203.0.113.2/24');
    server.ip('route', 'add', 'default', 'via', '10.99.1.1');
    client.ip('route', 'add', '203.0.113.7', 'via', '203.0.113.1');
    router.tune('ipv4/ip_forward', 1);
    for (const [chain, ...rule] of [
      ['PREROUTING', '-d', '203.0.113.7', '-j', 'DNAT', '--to-destination', '10.99.1.2'],
      ['POSTROUTING', '-s', '10.99.1.2', '-j', 'SNAT', '--to-source', '203.0.113.7'],
    ]) router.run('iptables', '-t', 'nat', '-A', chain, ...rule);
    const daemon = await serve({
      CS_HOST: '10.99.1.2', CS_PUBLIC_IP: '203.0.113.7', CS_ICE_PORT_MIN: '50000', CS_ICE_PORT_MAX: '50015',
    }, { inside: server.inside });
    const pair = await watch(client, `http://203.0.113.7:${daemon.port}/`, 'network-nat');
    assert.equal(pair.remoteAddress, '203.0.113.7');
    assert.ok(pair.remotePort >= 50000 && pair.remotePort <= 50015, String(pair.remotePort));
  });

  it('gets the picture by TCP when UDP is blocked', async () => {
    const [server, client] = [machine('server'), machine('client')];
    server.cable(client, '10.99.1.1/24', '10.99.1.2/24');
    client.run('iptables', '-A', 'OUTPUT', '-p', 'udp', '-j', 'DROP');
    client.run('iptables', '-A', 'INPUT', '-p', 'udp', '-j', 'DROP');
    const daemon = await serve({ CS_HOST: '10.99.1.1' }, { inside: server.inside });
    const pair = await watch(client, daemon.url, 'network-tcp');
    assert.equal(pair.protocol, 'tcp');
  });
});

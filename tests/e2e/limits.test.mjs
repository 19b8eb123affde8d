// SPDX-License-Identifier: MIT
// Thousands of idle, slow or excessive clients do not disturb a real viewer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import WebSocket from 'ws';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { Receivers } from './receivers.mjs';

const kHalfOpen = 500;
const kDripping = 3000;
const kViewers = 20;
const kElsewhere = '127.0.0.2'; // the address of the attackers
const kDripEvery = 20; // milliseconds between two bytes, each on the next connection

const rested = (start) => (now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0 &&
  now.net_connections === 0 && now.threads <= start.threads && now.descriptors <= start.descriptors;

const since = (began) => `${Math.round(performance.now() - began)} ms`;

function tcp(daemon) {
  const socket = connect({ port: Number(daemon.port), host: '127.0.0.1', localAddress: kElsewhere });
  socket.on('error', () => {});
  return socket;
}

async function websocket(daemon) {
  const socket = new WebSocket(`${daemon.url.replace(/^http/, 'ws')}ws`, { localAddress: kElsewhere });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'open'), once(socket, 'close')]).catch(() => {});
  return socket;
}

// Each test has its own server and waits for its time limits, so all run at the same time.
describe('a server under attack', { timeout: 10 * kTimeLimit, concurrency: true }, () => {
  /// Starts a server on which one viewer has already been. `served(t, what, began)`: a viewer joins, sees the picture
  /// and leaves; then all resources of all clients are freed.
  async function withServer(attack) {
    const daemon = await Daemon.start(kSmall);
    const receivers = Receivers.start();
    receivers.leave((await receivers.join(daemon.url)).id);
    const start = await daemon.until(({ viewers, webrtcbins_alive: alive, encoders_running: encoders, net_connections: open }) =>
      viewers === 0 && alive === 0 && encoders === 0 && open === 0);
    const served = async (t, what, began) => {
      const { id, answerMs, pictureMs } = await receivers.join(daemon.url);
      t.diagnostic(`${what}: a real viewer had its answer after ${Math.round(answerMs)} ms, its picture after ` +
        `${Math.round(pictureMs)} ms`);
      receivers.leave(id);
      await daemon.until(rested(start));
      t.diagnostic(`all resources were freed ${since(began)} after the first connection`);
    };
    try {
      await attack({ daemon, receivers, start, served });
    } finally {
      await receivers.stop();
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  }

  it(`${kHalfOpen} silent connections are capped and do not keep a viewer out`, (t) => withServer(async ({ daemon, served }) => {
    const began = performance.now();
    const sockets = Array.from({ length: kHalfOpen }, () => tcp(daemon));
    await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
    const { net_connections: connections } = await daemon.look();
    t.diagnostic(`${connections} of them are held`);
    assert.ok(connections < kHalfOpen);
    await served(t, 'beside silent connections', began);
  }));

  it(`${kHalfOpen} WebSockets without an offer are capped and do not keep a viewer out`, (t) => withServer(async ({ daemon, served }) => {
    const began = performance.now();
    await Promise.all(Array.from({ length: kHalfOpen }, () => websocket(daemon)));
    const { net_websockets: websockets } = await daemon.look();
    t.diagnostic(`${websockets} of them are held`);
    assert.ok(websockets < kHalfOpen);
    await served(t, 'beside silent WebSockets', began);
  }));

  it(`${kHalfOpen} offers that never connect are capped and do not keep a viewer out`, (t) => withServer(
    async ({ daemon, receivers, served }) => {
      const { sdp } = await receivers.make();
      const offer = JSON.stringify({ type: 'offer', sdp: sdp.replace(/^a=candidate:.*\r\n/gm, '') });
      const began = performance.now();
      for (let i = 0; i < kHalfOpen; i += 20)
        await Promise.all(Array.from({ length: 20 }, async () => {
          const socket = await websocket(daemon);
          if (socket.readyState === WebSocket.OPEN) socket.send(offer);
        }));
      const { webrtcbins_alive: alive } = await daemon.look();
      t.diagnostic(`${alive} of them are held`);
      assert.ok(alive < 50);
      await served(t, 'beside offers that never connect', began);
    }));

  it(`${kDripping} clients that send single bytes slowly do not delay a request`, (t) => withServer(
    async ({ daemon, served }) => {
      const dripping = Array.from({ length: kDripping }, () => tcp(daemon));
      await Promise.all(dripping.map((socket) => once(socket, 'connect').catch(() => {})));
      let next = 0;
      const drip = setInterval(() => { dripping[next++ % kDripping].write('G'); }, kDripEvery);
      const times = [];
      for (let i = 0; i < 21; ++i) {
        const began = performance.now();
        assert.equal((await daemon.get('/healthz')).status, 200);
        times.push(performance.now() - began);
      }
      const [first, ...others] = times; // the first one includes loading of node modules
      t.diagnostic(`a real request took ${Math.round(first)} ms, the ${others.length} after it ` +
        `${Math.round(Math.max(...others))} ms at most`);
      await served(t, 'beside dripping clients', performance.now());
      clearInterval(drip);
      for (const socket of dripping) socket.destroy();
    }));

  it('the sessions of stopped viewers are removed', (t) => withServer(async ({ daemon, receivers, start }) => {
    const stopped = Receivers.start();
    await Promise.all(Array.from({ length: 5 }, () => stopped.join(daemon.url)));
    const { id } = await receivers.join(daemon.url);
    const began = performance.now();
    stopped.freeze(true);
    await daemon.until(({ viewers, webrtcbins_alive: alive }) => viewers === 1 && alive === 1);
    t.diagnostic(`five stopped viewers were gone after ${since(began)}`);
    receivers.leave(id);
    stopped.freeze(false);
    await stopped.stop();
    await daemon.until(rested(start));
  }));
});

describe('a single address', { timeout: 2 * kTimeLimit }, () => {
  const own = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal);
  it('may open CS_MAX_PER_ADDRESS connections and no more', { skip: own ? false : 'this machine has no address but loopback' },
    async () => {
      const daemon = await Daemon.start({ CS_HOST: '0.0.0.0', CS_MAX_PER_ADDRESS: '3' });
      const url = `ws://${own.address}:${daemon.port}/ws`;
      const sockets = Array.from({ length: 3 }, () => new WebSocket(url));
      try {
        await Promise.all(sockets.map((socket) => once(socket, 'open')));
        const refused = new WebSocket(url);
        await once(refused, 'error');
        const { 'net_connections_refused_total{reason="address"}': count } = await daemon.look();
        assert.equal(count, 1);
        assert.equal((await fetch(`http://127.0.0.1:${daemon.port}/healthz`)).status, 200, 'other addresses are served');
      } finally {
        for (const socket of sockets) socket.terminate();
        assert.equal((await daemon.stop()).code, 0);
      }
    });
});

describe('SIGTERM', { timeout: 5 * kTimeLimit }, () => {
  it(`closes ${kViewers} viewers with 1001, and the server exits with 0`, async (t) => {
    const daemon = await Daemon.start({ CS_MAX_VIEWERS: '40', ...kSmall });
    const receivers = Receivers.start();
    const ids = await Promise.all(
      Array.from({ length: kViewers }, async () => (await receivers.join(daemon.url)).id));
    const closes = Promise.all(ids.map((id) => receivers.closed(id)));
    const { code, ms } = await daemon.stop();
    t.diagnostic(`with ${kViewers} viewers the server exited after ${Math.round(ms)} ms`);
    assert.equal(code, 0, daemon.tail());
    assert.deepEqual((await closes).map(({ close }) => close), ids.map(() => 1001));
    await receivers.stop();
  });
});

// SPDX-License-Identifier: MIT
// Clients that vanish at each step before the first picture, with FIN or RST, leave nothing behind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { kTimeLimit } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { Receivers } from './receivers.mjs';

const kRounds = 5;

const kWays = {
  'ends its connection': (socket) => socket.end(),
  'resets its connection': (socket) => socket.resetAndDestroy(),
};

/// The first bytes of a text message of 4 KB, with a mask of zeros.
const kHalfMessage = Buffer.concat([Buffer.from([0x81, 0xfe, 0x10, 0, 0, 0, 0, 0]), Buffer.from('{"type":"offer","sdp":"v=0')]);

describe('a client that vanishes', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let receivers;
  let start; // the counters without viewers, after the first viewer has left
  before(async () => {
    daemon = await Daemon.start(kSmall);
    receivers = Receivers.start();
    receivers.leave((await receivers.join(daemon.url)).id);
    start = await daemon.until(({ viewers, webrtcbins_alive: alive, encoders_running: encoders, net_connections: open }) =>
      viewers === 0 && alive === 0 && encoders === 0 && open === 0);
  });
  after(async () => {
    await receivers.stop();
    const { code } = await daemon.stop();
    assert.equal(code, 0, daemon.tail());
    assert.deepEqual(daemon.log.filter(({ level }) => level === 'error').map(({ message }) => message), []);
  });

  async function tcp() {
    const socket = connect({ port: Number(daemon.port), host: '127.0.0.1' });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return { socket };
  }

  async function websocket() {
    const ws = new WebSocket(`${daemon.url.replace(/^http/, 'ws')}ws`);
    ws.on('error', () => {});
    await once(ws, 'open');
    return { ws, socket: ws._socket };
  }

  /// A client whose receiver has sent an offer.
  async function offered() {
    const client = await websocket();
    const { id, sdp, pictured } = await receivers.make();
    client.ws.send(JSON.stringify({ type: 'offer', sdp }));
    return { ...client, id, pictured };
  }

  async function answered({ connects = false } = {}) {
    const client = await offered();
    await new Promise((resolve) => {
      client.ws.on('message', (data) => {
        const { type, sdp, candidate } = JSON.parse(data);
        if (connects && type === 'answer') receivers.say({ do: 'accept', id: client.id, sdp });
        if (connects && type === 'ice') receivers.say({ do: 'candidate', id: client.id, candidate });
        if (type === 'answer') resolve();
      });
    });
    return client;
  }

  const kSteps = {
    'with a TCP connection': tcp,
    'in the middle of a request': async () => {
      const client = await tcp();
      client.socket.write('GET /ws HTTP/1.1\r\nHost: local');
      return client;
    },
    'with a WebSocket': websocket,
    'in the middle of a message': async () => {
      const client = await websocket();
      client.socket.write(kHalfMessage);
      return client;
    },
    'after its offer': offered,
    'with an answer': answered,
    'while it connects': () => answered({ connects: true }),
    'with a picture': async () => {
      const client = await answered({ connects: true });
      await client.pictured;
      return client;
    },
  };

  for (const [step, reach] of Object.entries(kSteps))
    for (const [way, leave] of Object.entries(kWays))
      it(`${step} and ${way} leaves nothing behind`, async () => {
        for (let round = 0; round < kRounds; ++round) {
          const clients = await Promise.all([reach(), reach()]);
          for (const { socket, id } of clients) {
            leave(socket);
            if (id !== undefined) receivers.say({ do: 'close', id });
          }
        }
        await daemon.until((now) => now.viewers === 0 && now.webrtcbins_alive === 0 && now.encoders_running === 0 &&
          now.net_connections === 0 && now.net_websockets === 0 && now.threads <= start.threads &&
          now.descriptors <= start.descriptors);
      });
});

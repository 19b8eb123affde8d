// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/// A TCP proxy in front of a daemon: the way of everything but the picture, which goes by UDP past it.
export class Proxy {
  url;
  passes = true; // false: whoever comes is turned away
  #server;
  #sockets = new Set();

  static async start(daemon) {
    const proxy = new Proxy();
    proxy.#server = createServer((client) => proxy.#accept(client, connect(daemon.port, '127.0.0.1')));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}/`;
    return proxy;
  }

  /// Ends all connections as a network does that broke: without a goodbye.
  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop() {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client, server) {
    for (const [socket, other] of [[client, server], [server, client]]) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // it is closed next
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
    if (!this.passes) client.resetAndDestroy();
  }
}

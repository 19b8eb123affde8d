// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const kLoginPage = '<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n' +
  '<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n';

/// A TCP proxy in front of a daemon: the way of everything but the picture, which goes by UDP past it.
export class Proxy {
  url;
  passes = true; // false: whoever comes is turned away
  realm = null; // otherwise each request is answered with a page that wants a login to this, as by nginx's auth_basic
  loginsAsked = []; // the paths of the requests that were answered so
  #server;
  #sockets = new Set();

  static async start(daemon) {
    const proxy = new Proxy();
    proxy.#server = createServer((client) => {
      if (proxy.realm === null) proxy.#accept(client, connect(daemon.port, '127.0.0.1'));
      else proxy.#askForLogin(client);
    });
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

  #askForLogin(client) {
    this.#sockets.add(client);
    client.on('error', () => {}); // it is closed next
    client.on('close', () => this.#sockets.delete(client));
    client.once('data', (head) => {
      this.loginsAsked.push(head.toString('latin1').split(' ')[1]);
      client.end('HTTP/1.1 401 Unauthorized\r\nServer: nginx\r\nContent-Type: text/html\r\n' +
        `Content-Length: ${kLoginPage.length}\r\nConnection: close\r\n` +
        `WWW-Authenticate: Basic realm="${this.realm}"\r\n\r\n${kLoginPage}`);
    });
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

// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const kLoginPage = '<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n' +
  '<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n';

/// A TCP proxy in front of the server. It carries everything except the media, which goes over UDP directly.
export class Proxy {
  url;
  passes = true; // false: connections are reset
  realm = null; // if set, each request gets a login page for this realm, as from nginx's auth_basic
  loginsAsked = []; // the paths of the requests that got the login page
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

  /// Resets all connections, as a network failure does.
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
    client.on('error', () => {}); // a close event follows
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
      socket.on('error', () => {}); // a close event follows
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
    if (!this.passes) client.resetAndDestroy();
  }
}

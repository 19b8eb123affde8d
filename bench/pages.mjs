// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const kFolder = new URL('pages/', import.meta.url);
const kTypes = {
  'textbook.html': 'text/html',
  'janus.html': 'text/html',
  'jpeg.html': 'text/html',
  'conversation.mjs': 'text/javascript',
};

function address(url, name, socketUrl) {
  return `${url}${name}?${encodeURIComponent(socketUrl)}`;
}

/// Serves the pages in bench/pages, for servers without pages of their own.
export class Pages {
  #server;
  #url;

  static async start() {
    const pages = new Pages();
    const texts = Object.fromEntries(Object.keys(kTypes).map((name) => [name, readFileSync(new URL(name, kFolder))]));
    pages.#server = createServer((request, response) => {
      const name = new URL(request.url, 'http://localhost').pathname.slice(1);
      if (texts[name]) response.setHeader('Content-Type', kTypes[name]);
      else response.statusCode = 404;
      response.end(texts[name]);
    }).listen(0, '127.0.0.1');
    await once(pages.#server, 'listening');
    pages.#url = `http://127.0.0.1:${pages.#server.address().port}/`;
    return pages;
  }

  /// The URL of a page that connects to the WebSocket `socketUrl`.
  address(name, socketUrl) {
    return address(this.#url, name, socketUrl);
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/// The same without a server: the browser context itself serves the pages, on the origin of the WebSocket server.
export async function routePages(context) {
  const nameOf = (url) => new URL(url).pathname.slice(1);
  await context.route((url) => nameOf(url) in kTypes, (route, request) =>
    route.fulfill({ contentType: kTypes[nameOf(request.url())], body: readFileSync(new URL(nameOf(request.url()), kFolder)) }));
  return { address: (name, socketUrl) => address(new URL('/', socketUrl.replace('ws', 'http')), name, socketUrl) };
}

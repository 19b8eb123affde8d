// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { text as textOf } from 'node:stream/consumers';

/// Sends one request on its own connection: {status, headers, text}. `options` are those of Node's http and https, for
/// example `ca` (the only trusted certificate) and `localAddress`.
export async function request(url, { body, ...options } = {}) {
  const { request: begin } = `${url}`.startsWith('https:') ? https : http;
  const sent = begin(url, { agent: false, timeout: 30_000, ...options });
  sent.on('timeout', () => sent.destroy(new Error(`no answer from ${url} within 30 s`)));
  sent.end(body);
  const [reply] = await once(sent, 'response');
  return { status: reply.statusCode, headers: reply.headers, text: await textOf(reply) };
}

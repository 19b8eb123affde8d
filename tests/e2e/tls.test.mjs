// SPDX-License-Identifier: MIT
// The built-in TLS of the server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectPlainly } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Certificate } from './certificate.mjs';
import { Daemon, kSmall, run } from './daemon.mjs';
import { request } from './http.mjs';

/// The fingerprint of the server certificate, and the negotiated versions of TLS and HTTP.
async function greet(port, options = {}) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    return {
      fingerprint: socket.getPeerCertificate().fingerprint256, version: socket.getProtocol(), protocol: socket.alpnProtocol,
    };
  } finally {
    socket.destroy();
  }
}

describe('TLS', { timeout: 5 * kTimeLimit }, () => {
  let browser;
  let certificate;
  let daemon;

  before(async () => { browser = await launchBrowser(); });
  after(() => browser.close());
  afterEach(async () => {
    await daemon?.stop();
    certificate.remove();
    daemon = undefined;
  });
  const start = async (settings = {}) => {
    certificate = new Certificate();
    daemon = await Daemon.start({ ...kSmall, ...certificate.settings, ...settings });
  };
  const watch = async (url) => {
    const page = await openPage(await browser.newContext({ ignoreHTTPSErrors: true }), url);
    await playing(page);
    return page;
  };

  it('carries page and signalling, and keeps viewers when the certificate is reloaded', async () => {
    await start();
    assert.match(daemon.url, /^https:/);
    const page = await watch(daemon.url);
    await daemon.line(/joined from 127\.0\.0\.1/);
    const before = await greet(daemon.port);
    certificate.renew();
    let from = daemon.log.length;
    process.kill(daemon.pid, 'SIGHUP');
    await daemon.line(/certificate loaded: localhost/, { from });
    const after = await greet(daemon.port);
    assert.notEqual(after.fingerprint, before.fingerprint);
    await morePictures(page, 10);

    // With the key of another certificate, the old certificate stays in use.
    const other = new Certificate();
    writeFileSync(certificate.key, readFileSync(other.key));
    other.remove();
    from = daemon.log.length;
    process.kill(daemon.pid, 'SIGHUP');
    const { level } = await daemon.line(/the old certificate stays in use: .*is not the key of the certificate/, { from });
    assert.equal(level, 'error');
    assert.equal((await greet(daemon.port)).fingerprint, after.fingerprint);
    await morePictures(page, 10);
    assert.equal((await daemon.look()).viewers, 1);
    const { code } = await daemon.stop();
    assert.equal(code, 0);
    await page.waitForFunction(() => window.cubestream.state !== 'playing');
    await page.context().close();
  });

  it('is 1.2 or newer and uses the configured certificate', async () => {
    await start();
    assert.equal((await greet(daemon.port)).version, 'TLSv1.3');
    assert.equal((await greet(daemon.port, { maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
    await assert.rejects(greet(daemon.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }));
    const ca = readFileSync(certificate.cert);
    assert.equal((await request(new URL('healthz', daemon.url), { ca })).text, 'ok\n');
    assert.match((await request(daemon.url, { ca })).text, /<video/);
    // A client that prefers HTTP/2 gets HTTP/1.1.
    assert.equal((await greet(daemon.port, { ALPNProtocols: ['h2', 'http/1.1'] })).protocol, 'http/1.1');
    assert.deepEqual(await run({ ...certificate.settings, CS_HOST: '127.0.0.1', CS_PORT: daemon.port }, ['--health'])
      .then(({ code, err }) => ({ code, err })), { code: 0, err: '' });
    const { tls_handshakes_failed_total: before } = await daemon.metrics();
    const stranger = connectPlainly(daemon.port, '127.0.0.1').on('error', () => {});
    stranger.write('this is nothing\r\n');
    await new Promise((resolve) => { stranger.resume().on('close', resolve); });
    assert.equal((await daemon.metrics()).tls_handshakes_failed_total, before + 1);
    // The HTTP server frees closed connections.
    await daemon.until(({ tls_connections: open }) => open === 0);
  });

  it('answers plain HTTP with an error, and evicts silent connections when full', async () => {
    await start({ CS_MAX_VIEWERS: '1' });
    assert.equal((await request(`http://127.0.0.1:${daemon.port}/`)).text, 'This server speaks HTTPS: begin with https://\n');
    // More silent connections than there are slots.
    const silent = [];
    for (let i = 0; i < 200; ++i) {
      silent.push(connectPlainly(daemon.port, '127.0.0.1').on('error', () => {}));
      await once(silent.at(-1), 'connect');
    }
    const { text } = await request(new URL('healthz', daemon.url), { ca: readFileSync(certificate.cert) });
    assert.equal(text, 'ok\n');
    for (const socket of silent) socket.destroy();
    const { tls_handshakes_failed_total: failed } = await daemon.metrics();
    assert.ok(failed > 50, `${failed} were evicted`);
  });
});

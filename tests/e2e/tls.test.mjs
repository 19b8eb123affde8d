// SPDX-License-Identifier: MIT
// The server's own TLS.
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

/// The certificate that a server shows, as its fingerprint, and the versions of TLS and HTTP that were agreed on.
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

  it('carries page and signalling; who watches stays when the certificate is read again', async () => {
    await start();
    assert.match(daemon.url, /^https:/);
    const page = await watch(daemon.url);
    await daemon.line(/came from 127\.0\.0\.1/);
    const before = await greet(daemon.port);
    certificate.renew();
    let from = daemon.log.length;
    process.kill(daemon.pid, 'SIGHUP');
    await daemon.line(/the certificate is of localhost/, { from });
    const after = await greet(daemon.port);
    assert.notEqual(after.fingerprint, before.fingerprint);
    await morePictures(page, 10);

    // A key of another certificate: the good one stays.
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

  it('is 1.2 or newer, and vouched for by the file that was given', async () => {
    await start();
    assert.equal((await greet(daemon.port)).version, 'TLSv1.3');
    assert.equal((await greet(daemon.port, { maxVersion: 'TLSv1.2' })).version, 'TLSv1.2');
    await assert.rejects(greet(daemon.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }));
    const ca = readFileSync(certificate.cert);
    assert.equal((await request(new URL('healthz', daemon.url), { ca })).text, 'ok\n');
    assert.match((await request(daemon.url, { ca })).text, /<video/);
    // A client that would rather speak HTTP/2 agrees on HTTP/1.1.
    assert.equal((await greet(daemon.port, { ALPNProtocols: ['h2', 'http/1.1'] })).protocol, 'http/1.1');
    assert.deepEqual(await run({ ...certificate.settings, CS_HOST: '127.0.0.1', CS_PORT: daemon.port }, ['--health'])
      .then(({ code, err }) => ({ code, err })), { code: 0, err: '' });
    const { tls_handshakes_failed_total: before } = await daemon.metrics();
    const stranger = connectPlainly(daemon.port, '127.0.0.1').on('error', () => {});
    stranger.write('this is nothing\r\n');
    await new Promise((resolve) => { stranger.resume().on('close', resolve); });
    assert.equal((await daemon.metrics()).tls_handshakes_failed_total, before + 1);
    // Those who left are gone as soon as the HTTP server heard of it.
    await daemon.until(({ tls_connections: open }) => open === 0);
  });

  it('tells who speaks plainly so, and makes room when nobody goes on', async () => {
    await start({ CS_MAX_VIEWERS: '1' });
    assert.equal((await request(`http://127.0.0.1:${daemon.port}/`)).text, 'This server speaks HTTPS: begin with https://\n');
    // More than may connect at a time, none of whom says a word.
    const silent = [];
    for (let i = 0; i < 200; ++i) {
      silent.push(connectPlainly(daemon.port, '127.0.0.1').on('error', () => {}));
      await once(silent.at(-1), 'connect');
    }
    const { text } = await request(new URL('healthz', daemon.url), { ca: readFileSync(certificate.cert) });
    assert.equal(text, 'ok\n');
    for (const socket of silent) socket.destroy();
    const { tls_handshakes_failed_total: failed } = await daemon.metrics();
    assert.ok(failed > 50, `${failed} made room`);
  });
});

// SPDX-License-Identifier: MIT
// The doors behind TLS, our own and nginx's.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlainly } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../bench/process.mjs';
import { kPatience, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Certificate } from './certificate.mjs';
import { Daemon, run } from './daemon.mjs';

const curl = (...args) => promisify(execFile)('curl', ['-sS', '-m', '30', ...args]).then(({ stdout }) => stdout);

/// The certificate that a server shows, as its fingerprint, and the version that was agreed on.
async function greet(port, options = {}) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    return { fingerprint: socket.getPeerCertificate().fingerprint256, version: socket.getProtocol() };
  } finally {
    socket.destroy();
  }
}

describe('TLS', { timeout: 5 * kPatience }, () => {
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
    daemon = await Daemon.start({ ...certificate.settings, ...settings });
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
    const url = `https://localhost:${daemon.port}/`;
    assert.equal(await curl('--cacert', certificate.cert, '--http2', `${url}healthz`), 'ok\n');
    const page = await curl('--cacert', certificate.cert, url);
    assert.match(page, /<video/);
    assert.deepEqual(await run({ ...certificate.settings, CS_HOST: '127.0.0.1', CS_PORT: daemon.port }, ['--health'])
      .then(({ code, err }) => ({ code, err })), { code: 0, err: '' });
    const { tls_handshakes_failed_total: before } = await daemon.metrics();
    const stranger = connectPlainly(daemon.port, '127.0.0.1').on('error', () => {});
    stranger.write('this is nothing\r\n');
    await new Promise((resolve) => { stranger.resume().on('close', resolve); });
    assert.equal((await daemon.metrics()).tls_handshakes_failed_total, before + 1);
    // Those who left are gone as soon as the doors heard of it.
    await daemon.until(({ tls_connections: open }) => open === 0);
  });

  it('tells who speaks plainly so, and makes room when nobody goes on', async () => {
    await start({ CS_MAX_VIEWERS: '1' });
    assert.equal(await curl(`http://127.0.0.1:${daemon.port}/`), 'This server speaks HTTPS: begin with https://\n');
    // More than may connect at a time, none of whom says a word.
    const silent = [];
    for (let i = 0; i < 200; ++i) {
      silent.push(connectPlainly(daemon.port, '127.0.0.1').on('error', () => {}));
      await once(silent.at(-1), 'connect');
    }
    assert.equal(await curl('--cacert', certificate.cert, `https://localhost:${daemon.port}/healthz`), 'ok\n');
    for (const socket of silent) socket.destroy();
    const { tls_handshakes_failed_total: failed } = await daemon.metrics();
    assert.ok(failed > 50, `${failed} made room`);
  });

  it('by nginx, as the example has it, leaves whose request it is', async () => {
    certificate = new Certificate();
    daemon = await Daemon.start({ CS_TRUSTED_PROXIES: '127.0.0.2' });
    const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
    const port = await freePort();
    const example = readFileSync(fileURLToPath(new URL('../../packaging/nginx.conf', import.meta.url)), 'utf8')
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`).replace(/^.*listen \[::\].*\n/m, '')
      .replace('/etc/ssl/cube.example.pem', certificate.cert).replace('/etc/ssl/cube.example.key', certificate.key)
      .replace('127.0.0.1:8080', `127.0.0.1:${daemon.port}; proxy_bind 127.0.0.2`);
    assert.ok(!example.includes('443 ssl') && !example.includes('8080'));
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
      http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; ${example} }`);
    const nginx = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/sbin/nginx', '-c', join(folder, 'nginx.conf')],
      { stdio: ['ignore', 'ignore', 'inherit'] });
    try {
      await listening(port);
      const page = await watch(`https://localhost:${port}/`);
      await morePictures(page, 10);
      await page.context().close();
      // One that says it comes from elsewhere is named by what nginx saw, not by what it said.
      const from = daemon.log.length;
      const sdp = readFileSync(fileURLToPath(new URL('../offers/chromium-156-recvonly-video.sdp', import.meta.url)));
      writeFileSync(join(folder, 'offer'), sdp);
      await curl('-k', '-H', 'X-Forwarded-For: 203.0.113.7', '-H', 'Content-Type: application/sdp', '--data-binary',
        `@${folder}/offer`, `https://localhost:${port}/whep`);
      await daemon.line(/came from 127\.0\.0\.1/, { from });
      await curl('--interface', '127.0.0.2', '-H', 'X-Forwarded-For: 198.51.100.1, 203.0.113.7', '-H',
        'Content-Type: application/sdp', '--data-binary', `@${folder}/offer`, `${daemon.url}whep`);
      await daemon.line(/came from 203\.0\.113\.7/, { from });
    } finally {
      nginx.kill('SIGKILL');
      if (nginx.exitCode === null && nginx.signalCode === null) await once(nginx, 'close');
      rmSync(folder, { recursive: true });
    }
  });
});

/// Until somebody listens there.
async function listening(port) {
  for (const end = performance.now() + kPatience; performance.now() < end;) {
    const socket = connectPlainly(port, '127.0.0.1');
    const there = await new Promise((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on port ${port}`);
}

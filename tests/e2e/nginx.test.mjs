// SPDX-License-Identifier: MIT
// The server behind nginx, with the example configuration of packaging/nginx.conf.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Certificate } from './certificate.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { request } from './http.mjs';
import { freePort } from './ports.mjs';

/// Waits until the port is open.
async function listening(port) {
  for (const end = performance.now() + kTimeLimit; performance.now() < end;) {
    const socket = connect(port, '127.0.0.1');
    const there = await new Promise((resolve) => {
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    });
    socket.destroy();
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}

test('the client address of a request through nginx is the one that nginx sends', { timeout: 3 * kTimeLimit }, async () => {
  const certificate = new Certificate();
  const daemon = await Daemon.start({ ...kSmall, CS_TRUSTED_PROXIES: '127.0.0.2' });
  const browser = await launchBrowser();
  const folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  const port = await freePort();
  const example = readFileSync(new URL('../../packaging/nginx.conf', import.meta.url), 'utf8')
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
    const page = await openPage(await browser.newContext({ ignoreHTTPSErrors: true }), `https://localhost:${port}/`);
    await playing(page);
    await morePictures(page, 10);
    await page.context().close();
    // nginx replaces an X-Forwarded-For header that the client sends.
    const from = daemon.log.length;
    const body = readFileSync(new URL('../offers/chromium-156-recvonly-video.sdp', import.meta.url));
    const offer = (url, address, options = {}) => request(url, {
      method: 'POST', headers: { 'X-Forwarded-For': address, 'Content-Type': 'application/sdp' }, body,
      rejectUnauthorized: false, ...options,
    });
    await offer(`https://127.0.0.1:${port}/whep`, '203.0.113.7');
    await daemon.line(/joined from 127\.0\.0\.1/, { from });
    await offer(`${daemon.url}whep`, '198.51.100.1, 203.0.113.7', { localAddress: '127.0.0.2' });
    await daemon.line(/joined from 203\.0\.113\.7/, { from });
  } finally {
    nginx.kill('SIGKILL');
    if (nginx.exitCode === null && nginx.signalCode === null) await once(nginx, 'close');
    rmSync(folder, { recursive: true });
    certificate.remove();
    await browser.close();
    assert.equal((await daemon.stop()).code, 0, daemon.tail());
  }
});

// SPDX-License-Identifier: MIT
// Stop and restart of the server, as viewers see it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, openRaw, playing, saying } from './browser.mjs';
import { Certificate } from './certificate.mjs';
import { Daemon, kSlowness, kSmall } from './daemon.mjs';
import { brightness, part, pixels } from './picture.mjs';
import { freePort } from './ports.mjs';

describe('the server', { timeout: 10 * kTimeLimit }, () => {
  let browser;
  before(async () => { browser = await launchBrowser(); });
  after(() => browser?.close());

  it('can restart: the page keeps the last picture and reconnects automatically', async () => {
    let daemon = await Daemon.start({ ...kSmall, CS_PORT: String(await freePort()) });
    try {
      const page = await openPage(await browser.newContext(), daemon.url);
      await playing(page);
      await morePictures(page, 30);
      await daemon.stop();
      await saying(page, /cannot be reached/);
      await keep(page, 'server-down');
      const data = await pixels(page);
      assert.ok(brightness(part(data, { left: 0.3, right: 0.7 })) > 60, 'the cube is still shown');

      daemon = await Daemon.start({ ...kSmall, CS_PORT: daemon.port });
      await playing(page);
      await morePictures(page, 30);
      assert.equal(await page.evaluate(() => window.cubestream.reconnects), 1);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    } finally {
      await daemon.stop();
    }
  });

  it('closes all connections on SIGTERM, at any step, and exits with 0 within 2 s', async (t) => {
    const daemon = await Daemon.start(kSmall);
    const context = await browser.newContext();
    const page = await openPage(context, daemon.url);
    const raw = await openRaw(context, daemon.url);
    await playing(page);
    await raw.evaluate(async () => {
      window.idle = new window.RawClient();
      window.half = new window.RawClient();
      await Promise.all([window.idle.opened, window.half.opened]);
      await window.half.offer({ trickle: false });
      await window.half.answered;
    });
    const { code, ms } = await daemon.stop();
    t.diagnostic(`exited after ${Math.round(ms)} ms`);
    assert.equal(code, 0, daemon.tail());
    assert.ok(ms < 2000 * kSlowness, `it took ${ms} ms`);
    assert.deepEqual(await raw.evaluate(() => Promise.all([window.idle.closed, window.half.closed])), [1001, 1001]);
    await saying(page, /shutting down|cannot be reached/);
    const events = await page.evaluate(() => window.cubestream.events.map(({ what }) => what));
    assert.ok(events.some((what) => what.startsWith('going-away')), events.join('\n'));
    await context.close();
  });

  it('exits with 0 within 2 s with TLS and a client that reads nothing', async (t) => {
    const certificate = new Certificate();
    const daemon = await Daemon.start({ ...kSmall, ...certificate.settings });
    const sockets = [];
    try {
      const ca = readFileSync(certificate.cert);
      for (let i = 0; i < 2; ++i) sockets.push(new WebSocket(`${daemon.url.replace(/^http/, 'ws')}ws`, { ca }));
      await Promise.all(sockets.map((socket) => once(socket, 'open')));
      const [reader, deaf] = sockets;
      deaf.pause();
      const closed = once(reader, 'close');
      const { code, signal, ms } = await daemon.stop();
      t.diagnostic(`exited after ${Math.round(ms)} ms`);
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, daemon.tail());
      assert.ok(ms < 2000 * kSlowness, `it took ${ms} ms`);
      assert.equal((await closed)[0], 1001);
    } finally {
      for (const socket of sockets) socket.on('error', () => {}).terminate();
      await daemon.stop();
      certificate.remove();
    }
  });

  it('exits with 0 on SIGINT without viewers', async () => {
    const daemon = await Daemon.start(kSmall);
    process.kill(daemon.pid, 'SIGINT');
    assert.equal((await daemon.ended).code, 0);
  });
});

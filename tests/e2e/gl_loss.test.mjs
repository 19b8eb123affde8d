// SPDX-License-Identifier: MIT
// A GL context that is lost mid-stream, simulated by tests/fakes/gl_loss.cpp.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';

const library = process.env.CUBESTREAM_GL_LOSS ?? new URL('../../build/release/tests/libgl_loss.so', import.meta.url).pathname;

describe('a lost GL context', { timeout: 5 * kTimeLimit }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gl-loss-'));
  const switchFile = join(folder, 'lose');
  let browser;
  before(async () => { browser = await launchBrowser(); });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  function start() {
    assert.ok(existsSync(library), `${library} is missing; CUBESTREAM_GL_LOSS names it`);
    return Daemon.start({
      ...kSmall,
      LD_PRELOAD: library,
      FAKE_GL_LOSS_FILE: switchFile,
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
    });
  }
  const lose = () => writeFileSync(switchFile, '');

  it('is rebuilt while the viewer stays connected and keeps receiving pictures', async () => {
    const daemon = await start();
    try {
      const page = await openPage(await browser.newContext(), daemon.url);
      await playing(page);
      await morePictures(page, 15);
      lose();
      await daemon.line(/drawing again, on a new GL context/);
      await morePictures(page, 60);
      assert.equal(await page.evaluate(() => window.cubestream.reconnects), 0);
      const { gl_context_losses_total: losses, clients_joined_total: joined } = await daemon.metrics();
      assert.deepEqual({ losses, joined }, { losses: 1, joined: 1 });
    } finally {
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  });

  it('five times in ten seconds ends the process with one error', async () => {
    const daemon = await start();
    const page = await openPage(await browser.newContext(), daemon.url);
    await playing(page);
    for (let loss = 1; loss <= 5; ++loss) {
      const from = daemon.log.length;
      lose();
      if (loss < 5) await daemon.line(/drawing again/, { from });
    }
    assert.deepEqual(await daemon.ended, { code: 1, signal: null }, daemon.tail());
    const errors = daemon.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    assert.equal(errors.length, 1, errors.join('\n'));
    assert.match(errors[0], /lost five times within ten seconds/);
    await page.context().close();
  });
});

// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kTimeLimit, launchBrowser } from './browser.mjs';
import { Daemon, kSmall, pause } from './daemon.mjs';
import { assertCube } from './picture.mjs';
import { probe, VideoPage } from './video_file.mjs';

/// A folder for recordings, a server that records into it, and a browser that plays the files.
export class Recording {
  folder = mkdtempSync(join(tmpdir(), 'cubestream-'));
  daemon;
  static #browser; // shared by all instances

  async start(settings = {}, options = {}) {
    this.daemon = await Daemon.start({ ...kSmall, CS_RECORD_DIR: this.folder, ...settings }, options);
  }

  async end() {
    await this.daemon?.stop();
    rmSync(this.folder, { recursive: true });
  }

  async newContext() {
    Recording.#browser ??= await launchBrowser();
    return Recording.#browser.newContext();
  }

  static async closeBrowser() {
    await Recording.#browser?.close();
  }

  ask(method, path = '/api/recording', init = {}) {
    return fetch(new URL(path, this.daemon.url), { method, ...init });
  }

  async state() {
    return (await this.ask('GET')).json();
  }

  /// Polls until the recording state satisfies `settled`; the server has no event for changes.
  async until(settled) {
    const end = performance.now() + kTimeLimit;
    for (;;) {
      const now = await this.state();
      if (settled(now)) return now;
      assert.ok(performance.now() < end, `${JSON.stringify(now)}\n${this.daemon.tail()}`);
      await pause();
    }
  }

  recordedFor(seconds) {
    return this.until(({ file }) => file?.seconds >= seconds);
  }

  /// Asserts that every file of `paths` plays to its end in Chromium, is seekable, and shows the cube.
  async assertPlays(paths) {
    const pages = await VideoPage.start(paths);
    const context = await this.newContext();
    try {
      for (const [i, path] of paths.entries()) {
        const { seconds, frames } = probe(path);
        const seen = await pages.play(context, i + 1);
        assert.ok(Math.abs(seen.seconds - seconds) < 0.1, `${seen.seconds} of ${seconds} s`);
        assert.ok(seen.frames >= frames / 2, `${seen.frames} of ${frames} pictures`); // at four times the speed
        assert.ok(Math.abs(seen.middle - seconds / 2) < 0.1, `in the middle is ${seen.middle}`);
        await assertCube(seen.page);
        await seen.page.close();
      }
    } finally {
      await context.close();
      pages.stop();
    }
  }
}

// SPDX-License-Identifier: MIT
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import './time_limit.mjs';

/// Waiting for events, never for time; the bound is for two busy cores and sanitizer builds.
export const kTimeLimit = Number(process.env.TIME_LIMIT_MS ?? 60_000);

export const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

const artefacts = process.env.ARTEFACTS ?? fileURLToPath(new URL('../../build/artefacts', import.meta.url));

/// Debian's Chromium with a fresh profile, drawing in software and asking the world for nothing.
export function launchBrowser({ args = [], executable = kChromium } = {}) {
  return chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', ...args],
  });
}

/// A tab at the address; anything the page complains of fails the test that asks `complaints`.
export async function openPage(context, url) {
  const page = await context.newPage();
  page.setDefaultTimeout(kTimeLimit);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  await page.goto(url);
  return page;
}

/// A tab that has window.RawClient, on the server's origin.
export async function openRaw(context, url) {
  const page = await context.newPage();
  await page.addInitScript({ path: fileURLToPath(new URL('raw_client.js', import.meta.url)) });
  await page.goto(new URL('healthz', url).href);
  return page;
}

/// Until the picture is there.
export function playing(page) {
  return page.waitForFunction(() => window.cubestream?.state === 'playing');
}

/// Until `count` more pictures were presented.
export async function morePictures(page, count) {
  const before = await page.evaluate(() => window.cubestream.framesPresented);
  await page.waitForFunction((goal) => window.cubestream.framesPresented >= goal, before + count);
}

/// Until the quiet line says it, and can be read.
export function saying(page, pattern) {
  return page.waitForFunction(
    ([source, flags]) => {
      const line = document.getElementById('status');
      return getComputedStyle(line).opacity === '1' && new RegExp(source, flags).test(line.textContent);
    },
    [pattern.source, pattern.flags],
  );
}

export function words(page) {
  return page.textContent('#status');
}

/// From now on window.diary has all that was to be seen of the page's state: its word, and "stale" and "words".
export function keepDiary(page) {
  return page.evaluate(() => {
    window.diary = new Set();
    const look = () => {
      window.diary.add(window.cubestream.state);
      if (document.getElementById('stage').classList.contains('stale')) window.diary.add('stale');
      if (document.getElementById('status').classList.contains('shown')) window.diary.add('words');
      requestAnimationFrame(look);
    };
    look();
  });
}

/// A screenshot, kept with the run.
export async function keep(page, name) {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`) });
}

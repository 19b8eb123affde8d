// SPDX-License-Identifier: MIT
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import './time_limit.mjs';

/// Time limit for events in milliseconds; long enough for two busy cores and sanitizer builds.
export const kTimeLimit = Number(process.env.TIME_LIMIT_MS ?? 60_000);

export const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

const artefacts = process.env.ARTEFACTS ?? fileURLToPath(new URL('../../build/artefacts', import.meta.url));

/// Starts Debian's Chromium with a fresh profile, software rendering and no background network requests.
export function launchBrowser({ args = [], executable = kChromium } = {}) {
  return chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', ...args],
  });
}

/// Opens a tab; `complaints` collects the page errors.
export async function openPage(context, url) {
  const page = await context.newPage();
  page.setDefaultTimeout(kTimeLimit);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  await page.goto(url);
  return page;
}

/// Opens a tab with window.RawClient on the origin of the server.
export async function openRaw(context, url) {
  const page = await context.newPage();
  await page.addInitScript({ path: fileURLToPath(new URL('raw_client.js', import.meta.url)) });
  await page.goto(new URL('healthz', url).href);
  return page;
}

/// Waits until the page plays.
export function playing(page) {
  return page.waitForFunction(() => window.cubestream?.state === 'playing');
}

/// Waits until `count` more pictures were presented.
export async function morePictures(page, count) {
  const before = await page.evaluate(() => window.cubestream.framesPresented);
  await page.waitForFunction((goal) => window.cubestream.framesPresented >= goal, before + count);
}

/// Waits until the status line is visible and matches.
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

/// Records in window.states, from now on, each visible state of the page: its state word, "stale" and "words".
export function recordStates(page) {
  return page.evaluate(() => {
    window.states = new Set();
    const look = () => {
      window.states.add(window.cubestream.state);
      if (document.getElementById('stage').classList.contains('stale')) window.states.add('stale');
      if (document.getElementById('status').classList.contains('shown')) window.states.add('words');
      requestAnimationFrame(look);
    };
    look();
  });
}

/// Saves a screenshot to the artefacts of the run.
export async function keep(page, name) {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`) });
}

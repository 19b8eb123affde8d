// SPDX-License-Identifier: MIT
// A browser's visits to the pages, with bench/pages/meter.js in each.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../tests/e2e/browser.mjs';
import { summary } from './glass.mjs';
import { examine } from './process.mjs';

/// The script that every page has before its own.
export const kMeter = fileURLToPath(new URL('pages/meter.js', import.meta.url));
const kTimeLimit = 20_000; // ms for a first picture

/// Runs `use` with a context of a browser of its own.
export async function withBrowser(use) {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    await context.addInitScript({ path: kMeter });
    return await use(context);
  } finally {
    await browser.close();
  }
}

/// A visit until the first picture is presented: {page, navigation, socket}, the milliseconds since the navigation
/// began and since the WebSocket opened.
export async function visit(context, address) {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  const first = await Promise.race([page.evaluate(() => window.meter.first), sleep(kTimeLimit, null, { ref: false })]);
  if (!first) throw new Error(`${address} shows no picture within ${kTimeLimit / 1000} s`);
  return { page, navigation: first.presentedAt, socket: first.presentedAt - first.openedAt };
}

/// What the page and the server's processes do for so long.
export async function watch(page, server, milliseconds) {
  const take = async () => {
    const cpu = [server.pid, server.feedPid].filter(Boolean).reduce((sum, pid) => sum + examine(pid).cpuSeconds, 0);
    return { cpu, status: await server.status?.(), ...await page.evaluate(() => window.meter.take()) };
  };
  const before = await take();
  await sleep(milliseconds);
  return summary(before, await take());
}

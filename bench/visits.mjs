// SPDX-License-Identifier: MIT
// Visits of a browser to the servers' pages, with bench/pages/meter.js in each page.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../tests/e2e/browser.mjs';
import { summary } from './glass.mjs';
import { examine } from './process.mjs';

/// The script that runs in every page before its own scripts.
export const kMeter = fileURLToPath(new URL('pages/meter.js', import.meta.url));
const kTimeLimit = 20_000; // ms until the first frame

/// Runs `use` with a context of a new browser.
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

/// Opens a page and waits for its first presented frame: {page, navigation, socket}, the milliseconds since the start
/// of the navigation and since the WebSocket was opened.
export async function visit(context, address) {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'commit' });
  const first = await Promise.race([page.evaluate(() => window.meter.first), sleep(kTimeLimit, null, { ref: false })]);
  if (!first) throw new Error(`${address}: no frame within ${kTimeLimit / 1000} s`);
  return { page, navigation: first.presentedAt, socket: first.presentedAt - first.openedAt };
}

/// Measures the page and the server's processes for a time.
export async function watch(page, server, milliseconds) {
  const take = async () => {
    const cpu = [server.pid, server.feedPid].filter(Boolean).reduce((sum, pid) => sum + examine(pid).cpuSeconds, 0);
    return { cpu, status: await server.status?.(), ...await page.evaluate(() => window.meter.take()) };
  };
  const before = await take();
  await sleep(milliseconds);
  return summary(before, await take());
}

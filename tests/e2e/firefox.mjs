// SPDX-License-Identifier: MIT
import puppeteer from 'puppeteer-core';
import { kTimeLimit } from './browser.mjs';

// Puppeteer's preferences disable most background network requests of Firefox. The others go to a proxy that does not
// exist, and DNS is not used.
const kPreferences = {
  'app.update.enabled': false,
  'browser.region.network.url': '',
  'captivedetect.canonicalURL': '',
  'media.gmp-gmpopenh264.enabled': false, // as shipped by Debian: no H.264 until this is downloaded
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.no_proxies_on': '127.0.0.1',
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.type': 1,
  'network.trr.mode': 5,
  'toolkit.telemetry.enabled': false,
};

/// Starts Debian's Firefox with a fresh profile, controlled by WebDriver BiDi.
export function launchFirefox() {
  const kind = { browser: 'firefox', headless: true };
  const firefox = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
  return puppeteer.launch({
    ...kind,
    protocol: 'webDriverBiDi',
    // It ends with this process, even after SIGKILL.
    executablePath: '/usr/bin/setpriv',
    args: ['--pdeathsig', 'KILL', firefox, ...puppeteer.defaultArgs(kind)],
    ignoreDefaultArgs: true,
    defaultViewport: { width: 1280, height: 720 },
    extraPrefsFirefox: kPreferences,
    timeout: kTimeLimit,
    protocolTimeout: kTimeLimit,
  });
}

/// As openPage() of browser.mjs. The other functions of browser.mjs accept this page too.
export async function openInFirefox(firefox, url) {
  const page = await firefox.newPage();
  page.complaints = [];
  page.on('pageerror', ({ message }) => {
    if (!message.includes('ws://')) page.complaints.push(message); // here a failed WebSocket counts as a page error
  });
  const { waitForFunction } = page;
  page.waitForFunction = (settled, argument) => waitForFunction.call(page, settled, { timeout: kTimeLimit }, argument);
  await page.goto(url);
  return page;
}

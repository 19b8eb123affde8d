// SPDX-License-Identifier: MIT
import puppeteer from 'puppeteer-core';
import { kTimeLimit } from './browser.mjs';

// puppeteer's own preferences keep Firefox from most of what it would ask the world for. The rest of it goes to a proxy
// that is not there, and no name is looked up.
const kPreferences = {
  'app.update.enabled': false,
  'browser.region.network.url': '',
  'captivedetect.canonicalURL': '',
  'media.gmp-gmpopenh264.enabled': false, // as Debian ships it: no H.264 until this has been downloaded
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

/// Debian's Firefox with a fresh profile, by WebDriver BiDi.
export function launchFirefox() {
  const kind = { browser: 'firefox', headless: true };
  const firefox = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
  return puppeteer.launch({
    ...kind,
    protocol: 'webDriverBiDi',
    // It ends with us, however we end.
    executablePath: '/usr/bin/setpriv',
    args: ['--pdeathsig', 'KILL', firefox, ...puppeteer.defaultArgs(kind)],
    ignoreDefaultArgs: true,
    defaultViewport: { width: 1280, height: 720 },
    extraPrefsFirefox: kPreferences,
    timeout: kTimeLimit,
    protocolTimeout: kTimeLimit,
  });
}

/// As openPage() of browser.mjs; what the other functions there take for a page can be this one.
export async function openInFirefox(firefox, url) {
  const page = await firefox.newPage();
  page.complaints = [];
  page.on('pageerror', ({ message }) => {
    if (!message.includes('ws://')) page.complaints.push(message); // a WebSocket that cannot be had counts as one here
  });
  const { waitForFunction } = page;
  page.waitForFunction = (settled, argument) => waitForFunction.call(page, settled, { timeout: kTimeLimit }, argument);
  await page.goto(url);
  return page;
}

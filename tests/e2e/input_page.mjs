// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { decodeBatch } from './batches.mjs';
import { kTimeLimit, launchBrowser, openPage, playing } from './browser.mjs';
import { FakeServer } from './fake_server.mjs';

export const kDesktop = { viewport: { width: 1280, height: 800 } };
export const kPhone = { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true, deviceScaleFactor: 3 };
export const kAll = ['pointer', 'wheel', 'keys', 'text', 'gamepad', 'motion', 'viewport'];
/// The `control` message for the client that has control.
export const kHeld = { type: 'control', mode: 'one', may: true, you: 3, holder: 3, name: 'Me', asking: [], key: 'k3' };

/// Starts a browser for the tests of a suite. Returns on(name, {scene, control, device, lock, cursor}, act): a test with
/// a page that plays from a fake server with this `scene` and `control`. `act` gets {page, server, context, asked,
/// socket}; `asked` are the messages of the page about control, and for the application.
export function inputTests() {
  let browser;
  before(async () => {
    browser = await launchBrowser({ args: ['--disable-features=WebRtcHideLocalIpsWithMdns'] });
  });
  after(() => browser.close());

  return (name, { scene = kAll, control = kHeld, device = kDesktop, lock = false, cursor = '' }, act) =>
    it(name, async () => {
      const context = await browser.newContext(device);
      try {
        const server = await FakeServer.start(context);
        const asked = [];
        server.behaviour.interaction = (socket, message) => {
          asked.push(message);
          if (message.do !== 'follow') return;
          socket.say({ type: 'scene', input: scene, cursor, lock });
          socket.say(control);
        };
        const page = await openPage(context, server.url);
        await playing(page);
        await page.waitForSelector('#pointers', { state: 'attached' });
        await act({ page, server, context, asked, socket: server.sockets[0] });
        assert.deepEqual(page.complaints, []);
      } finally {
        await context.close();
      }
    });
}

/// All input events that the server received.
export function eventsOf(server) {
  return server.batches.flatMap((bytes) => decodeBatch(bytes).events);
}

/// Waits for an event that has these fields.
export async function event(server, wanted) {
  const until = performance.now() + kTimeLimit;
  while (performance.now() < until) {
    const found = eventsOf(server).find((one) => Object.entries(wanted).every(([name, value]) => one[name] === value));
    if (found) return found;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  throw new Error(`no event ${JSON.stringify(wanted)} in ${JSON.stringify(eventsOf(server))}`);
}

/// Whether two places are the same pixel of the picture of the fake server.
export function isAt({ x, y }, wantedX, wantedY) {
  return Math.abs(x - wantedX) * 640 < 1 && Math.abs(y - wantedY) * 360 < 1;
}

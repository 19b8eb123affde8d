// SPDX-License-Identifier: MIT
// Input from real pages to a real server: what reaches the scene, and who may send it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing } from './browser.mjs';
import { Daemon, kSmall } from './daemon.mjs';
import { InputProducer } from './external.mjs';
import { signLink } from './links.mjs';
import { Machine } from './network.mjs';
import { pixels } from './picture.mjs';

const kDesktop = { viewport: { width: 1000, height: 700 } };
const kPhone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 3 };

/// Opens a page that plays and whose input modules are loaded.
async function openHand(browser, url, device = kDesktop) {
  const page = await openPage(await browser.newContext(device), url);
  await playing(page);
  await page.waitForSelector('#pointers', { state: 'attached' });
  return page;
}

/// A place in the window, from fractions of the picture.
function placeOf(page, x, y) {
  return page.evaluate(([across, down]) => {
    const { video } = window.cubestream;
    const area = video.getBoundingClientRect();
    const scale = Math.min(area.width / video.videoWidth, area.height / video.videoHeight);
    const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
    return [area.left + (area.width - width) / 2 + across * width, area.top + (area.height - height) / 2 + down * height];
  }, [x, y]);
}

const says = (page, text) => page.waitForFunction((wanted) => {
  const chip = document.querySelector('#control');
  return chip && !chip.hidden && chip.innerText.includes(wanted);
}, text);
const isHolder = (page) => page.waitForFunction(() => {
  const { holder, you } = window.cubestream.control ?? {};
  return holder !== null && holder === you;
});

/// How much two pictures differ: the mean over all bytes.
const difference = (a, b) => a.reduce((sum, byte, i) => sum + Math.abs(byte - b[i]), 0) / a.length;

describe('the cube in the hands of viewers', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let browser;
  before(async () => {
    daemon = await Daemon.start({ ...kSmall, CS_CONTROL_IDLE_S: '3600' });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    assert.equal((await daemon?.stop())?.code, 0, daemon?.tail());
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  const metric = async (name) => {
    const text = (await daemon.get('metrics')).text;
    return [...text.matchAll(new RegExp(`^cubestream_${name}(?:{[^}]*})? (\\S+)$`, 'gm'))]
      .reduce((sum, [, value]) => sum + Number(value), 0);
  };

  it('says in the log who may control', async () => {
    await daemon.line(/input: one viewer at a time; may control: only viewers on this machine/);
  });

  it('turns with a drag, rests while it is held, and resets by a double click', async () => {
    const page = await openHand(browser, daemon.url);
    await page.mouse.move(...await placeOf(page, 0.4, 0.5));
    await page.mouse.down();
    await isHolder(page);
    await page.waitForFunction(() => getComputedStyle(document.getElementById('stage')).cursor === 'grabbing');
    await morePictures(page, 30); // the encoder refines a picture that rests
    const held = await pixels(page);
    await morePictures(page, 15);
    assert.ok(difference(held, await pixels(page)) < 2, 'the picture rests while the cube is held');
    await page.mouse.move(...await placeOf(page, 0.55, 0.5), { steps: 5 });
    await morePictures(page, 30);
    const turned = await pixels(page);
    assert.ok(difference(held, turned) > 4, `the cube turned: ${difference(held, turned)}`);
    await page.mouse.up();
    await page.waitForFunction(() => getComputedStyle(document.getElementById('stage')).cursor === 'grab');
    assert.deepEqual(page.complaints, []);
  });

  it('measures the time from input to picture', async (t) => {
    const page = await openHand(browser, daemon.url);
    await page.mouse.move(...await placeOf(page, 0.3, 0.5));
    await page.mouse.down();
    const began = performance.now();
    for (let i = 0; (await page.evaluate(() => window.cubestream.input?.samples ?? 0)) < 20; ++i) {
      assert.ok(performance.now() - began < kTimeLimit, 'no measurement came');
      await page.mouse.move(...await placeOf(page, 0.3 + 0.2 * Math.abs(Math.sin(i)), 0.5));
      await morePictures(page, 1);
    }
    await page.mouse.up();
    const summary = await page.evaluate(() => window.cubestream.input);
    t.diagnostic(JSON.stringify(summary));
    assert.ok(summary.p50Ms > 0 && summary.p50Ms <= summary.p95Ms, JSON.stringify(summary));
    const stages = Object.values(summary.stages).map(({ p50Ms }) => p50Ms);
    assert.deepEqual(stages, [...stages].sort((a, b) => a - b), 'each stage follows the one before');
    assert.ok(await metric('input_events_total') > 20);
    assert.match((await daemon.get('metrics')).text, /cubestream_stage_duration_seconds_count{stage="input"} [1-9]/);
  });

  it('is in one hand at a time: ask, keep, hand over, leave', async () => {
    const first = await openHand(browser, daemon.url);
    const second = await openHand(browser, daemon.url);
    await first.mouse.click(...await placeOf(first, 0.5, 0.5));
    await isHolder(first);
    await says(second, 'has control');
    await daemon.line(/^viewer \d+ has control \(client \d+\)$/, { name: /^control$/ });
    const refused = await metric('input_events_refused_total');
    await second.mouse.click(...await placeOf(second, 0.5, 0.5)); // the page does not send it
    await second.click('#control button'); // "Ask for control"
    await says(first, 'asks for control');
    await keep(first, 'input_asked');
    await first.click('#control button:text("Keep")');
    await says(second, 'keeps control');
    await keep(second, 'input_declined');
    await second.click('#control button');
    await says(first, 'asks for control');
    await first.click('#control button:text("Hand over")');
    await isHolder(second);
    await says(first, 'has control');
    await second.close();
    await first.waitForFunction(() => window.cubestream.control.holder === null);
    assert.equal(await metric('input_events_refused_total'), refused);
    assert.deepEqual([...first.complaints, ...second.complaints], []);
  });

  it('works by touch on a phone', async () => {
    const phone = await openHand(browser, daemon.url, kPhone);
    const other = await openHand(browser, daemon.url);
    const touch = await phone.context().newCDPSession(phone);
    const finger = async (type, x, y) => {
      const [left, top] = await placeOf(phone, x, y);
      await touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: left, y: top }] });
    };
    await finger('touchStart', 0.3, 0.5);
    await isHolder(phone);
    await morePictures(phone, 30);
    const before_ = await pixels(phone);
    for (let i = 1; i <= 10; ++i) await finger('touchMove', 0.3 + 0.04 * i, 0.5);
    await morePictures(phone, 30);
    assert.ok(difference(before_, await pixels(phone)) > 4);
    await says(other, 'has control');
    await other.click('#control button');
    await says(phone, 'asks for control');
    await keep(phone, 'input_phone');
    await finger('touchEnd');
  });
});

describe('a scene in many hands', { timeout: 5 * kTimeLimit }, () => {
  it('shows each viewer the pointers of the others', async () => {
    const daemon = await Daemon.start({ ...kSmall, CS_CONTROL: 'all' });
    const browser = await launchBrowser();
    try {
      const [first, second] = [await openHand(browser, daemon.url), await openHand(browser, daemon.url)];
      const names = (page) => page.evaluate(() => [...document.querySelectorAll('#pointers .pointer')].map((dot) => dot.innerText));
      await first.mouse.move(...await placeOf(first, 0.3, 0.5));
      await second.mouse.move(...await placeOf(second, 0.7, 0.5));
      for (const page of [first, second])
        await page.waitForFunction(() => document.querySelectorAll('#pointers .pointer').length === 1);
      const numbers = [first, second].map((page) => page.evaluate(() => window.cubestream.control.you));
      assert.deepEqual(await names(first), [`viewer ${await numbers[1]}`]);
      await keep(second, 'input_all');
      await first.mouse.down();
      await first.mouse.up(); // both may
      await second.mouse.down();
      await second.mouse.up();
    } finally {
      await browser.close();
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  });
});

describe('links with a role and a name', { timeout: 5 * kTimeLimit }, () => {
  it('let viewers with the role control take it, and show their names', async () => {
    const secret = 'correct-horse-battery-staple';
    const daemon = await Daemon.start({ ...kSmall, CS_AUTH_TOKEN: secret });
    const browser = await launchBrowser();
    try {
      const anna = await openHand(browser, await signLink(daemon, secret, '--role', 'control', '--name', 'Anna Ängström'));
      const ben = await openHand(browser, await signLink(daemon, secret, '--role', 'view', '--name', 'Ben'));
      await anna.mouse.click(...await placeOf(anna, 0.5, 0.5));
      await says(ben, 'Anna Ängström has control');
      assert.equal(await ben.evaluate(() => window.cubestream.control.may), false);
      assert.equal(await ben.locator('#control button').count(), 0, 'who may only watch cannot ask');
      await keep(ben, 'input_name');
    } finally {
      await browser.close();
      assert.equal((await daemon.stop()).code, 0, daemon.tail());
    }
  });
});

// The producer reports what it gets; a button and two keys are down when each of these happens.
describe('what a viewer holds is released', { timeout: 10 * kTimeLimit }, () => {
  let folder;
  let server;
  let viewer;
  let link;
  let daemon;
  let producer;
  let browser;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cubestream-input-'));
    server = new Machine('server');
    viewer = new Machine('viewer');
    link = await server.link(viewer, '10.96.0.1/24', '10.96.0.2/24', { delay: 5 });
    const socket = join(folder, 'frames.sock');
    daemon = await Daemon.start({ ...kSmall, CS_HOST: '10.96.0.1', CS_SCENE: 'external', CS_SCENE_SOCKET: socket, CS_CONTROL: 'one' },
      { inside: server.inside });
    producer = await InputProducer.start(socket);
    browser = await launchBrowser({ executable: viewer.chromium });
  });
  after(async () => {
    await browser?.close();
    await producer?.end();
    const exit = await daemon?.stop();
    await server?.end();
    await viewer?.end();
    rmSync(folder, { recursive: true });
    assert.equal(exit?.code, 0, daemon?.tail());
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  /// Opens a page that holds the left button and two keys.
  async function holding() {
    const page = await openHand(browser, daemon.url);
    await page.waitForFunction(() => window.cubestream.control.holder === null); // that of the test before has left
    const from = producer.events.length;
    await page.mouse.move(...await placeOf(page, 0.5, 0.5));
    await page.mouse.down();
    await page.keyboard.down('w');
    await page.keyboard.down('Shift');
    for (const code of ['KeyW', 'ShiftLeft'])
      await producer.event(({ kind, code: seen, down }) => kind === 'Key' && down && seen === code, from);
    return { page, from: producer.events.length };
  }

  /// Waits until the scene got the end of all three, and says how long it took.
  async function released(t, from, began) {
    await producer.event(({ kind, action }) => kind === 'Pointer' && (action === 'cancel' || action === 'up'), from);
    for (const code of ['KeyW', 'ShiftLeft'])
      await producer.event(({ kind, code: seen, down }) => kind === 'Key' && !down && seen === code, from);
    t.diagnostic(`released after ${Math.round(performance.now() - began)} ms`);
  }

  it('when the window loses the focus', async (t) => {
    const { page, from } = await holding();
    const began = performance.now();
    await page.evaluate(() => dispatchEvent(new Event('blur')));
    await released(t, from, began);
  });

  it('when the tab is closed', async (t) => {
    const { page, from } = await holding();
    const began = performance.now();
    await page.close();
    await released(t, from, began);
  });

  it('when the network is cut', async (t) => {
    const { from } = await holding();
    const began = performance.now();
    await link.set({ loss: 1 });
    await released(t, from, began);
    await link.set({ loss: 0 });
  });

  it('when control is lost', async (t) => {
    const { page, from } = await holding();
    const other = await openHand(browser, daemon.url);
    await other.click('#control button');
    await says(page, 'asks for control');
    const began = performance.now();
    await page.evaluate(() => [...document.querySelectorAll('#control button')]
      .find((button) => button.innerText === 'Hand over').click());
    await released(t, from, began);
    await isHolder(other);
  });

  it('and the scene gets the point that was clicked', async () => {
    for (const device of [kDesktop, { ...kPhone, hasTouch: false, isMobile: false }]) {
      const page = await openHand(browser, daemon.url, device);
      const from = producer.events.length;
      await page.mouse.click(...await placeOf(page, 500.5 / 640, 60.5 / 360));
      const { x, y } = await producer.event(({ kind, action }) => kind === 'Pointer' && action === 'down', from);
      assert.ok(Math.abs(x - 500.5) <= 1 && Math.abs(y - 60.5) <= 1, `${x}, ${y}`);
      await page.close();
    }
  });

  it('and messages go both ways', async () => {
    const page = await openHand(browser, daemon.url);
    await page.evaluate(() => {
      window.cubestream.onmessage = (data) => { window.heard = data; };
      window.cubestream.send({ view: 'top', more: [1, 2] });
    });
    await page.waitForFunction(() => window.heard?.view === 'top');
    assert.deepEqual(await page.evaluate(() => window.heard), { view: 'top', more: [1, 2] });
  });
});

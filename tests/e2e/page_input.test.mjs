// SPDX-License-Identifier: MIT
// Input in the page alone, against a fake server.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { decodeBatch } from './batches.mjs';
import { keep, kTimeLimit } from './browser.mjs';
import { event, eventsOf, inputTests, isAt, kHeld, kPhone } from './input_page.mjs';

describe('the page with a scene that wants input', { timeout: 10 * kTimeLimit, concurrency: 2 }, () => {
  const on = inputTests();

  on('sends a drag, and its button outside the picture too', { cursor: 'grab' }, async ({ page, server }) => {
    assert.equal(await page.evaluate(() => getComputedStyle(document.getElementById('stage')).cursor), 'grab');
    // The picture has 640x360 pixels; in a window of 1280x800 it lies 40 below the top.
    await page.mouse.move(640, 400);
    await page.mouse.down();
    await page.mouse.move(320, 220);
    await page.mouse.move(320, 10);
    await page.mouse.up();
    assert.ok(isAt(await event(server, { action: 'down', button: 0, buttons: 1 }), 0.5, 0.5));
    assert.ok(isAt(await event(server, { action: 'up', button: 0, buttons: 0 }), 0.25, 0));
    const numbers = server.batches.map((bytes) => decodeBatch(bytes).batch);
    assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
    await page.mouse.click(640, 20); // beside the picture
    await page.mouse.click(640, 400, { button: 'right' });
    await event(server, { action: 'up', button: 2 });
    assert.equal(eventsOf(server).filter(({ action }) => action === 'down').length, 2);
  });

  for (const ratio of [1, 1.5, 2, 3])
    on(`finds the point that was clicked in all windows, at ${ratio} pixels per CSS pixel`, {
      scene: ['pointer'],
      control: { ...kHeld, alone: true }, // no chip over the picture
      device: { viewport: { width: 1280, height: 720 }, deviceScaleFactor: ratio },
    }, async ({ page, server }) => {
      const click = async (width, height, column, row) => {
        const scale = Math.min(width / 640, height / 360);
        server.batches.length = 0;
        await page.mouse.click((width - 640 * scale) / 2 + column * scale, (height - 360 * scale) / 2 + row * scale);
        const seen = await event(server, { action: 'down' });
        assert.ok(isAt(seen, column / 640, row / 360), `${seen.x * 640}, ${seen.y * 360} in ${width}x${height}`);
        await event(server, { action: 'up' });
      };
      for (const [width, height] of [[1280, 720], [1600, 700], [800, 800], [390, 844], [844, 390], [333, 517]]) {
        await page.setViewportSize({ width, height });
        await click(width, height, 600, 30);
        await click(width, height, 100.5, 300.5);
      }
      await page.keyboard.press('f'); // full screen
      await page.waitForFunction(() => document.fullscreenElement !== null);
      const [width, height] = await page.evaluate(() => [innerWidth, innerHeight]);
      await click(width, height, 600, 30);
    });

  on('sends one message per animation frame, however fast the mouse is', { scene: ['pointer'] }, async ({ page, server, context }) => {
    const mouse = await context.newCDPSession(page);
    const move = (i) => mouse.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 100 + i, y: 400 });
    await move(0);
    await event(server, { action: 'move' });
    await page.evaluate(() => {
      window.frames_seen = 0;
      const count = () => {
        window.frames_seen += 1;
        requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
    });
    server.batches.length = 0;
    await Promise.all(Array.from({ length: 1000 }, (_, i) => move(i)));
    await page.waitForTimeout(100);
    const frames = await page.evaluate(() => window.frames_seen);
    assert.ok(server.batches.length <= frames + 1, `${server.batches.length} messages in ${frames} frames`);
    assert.ok(isAt(eventsOf(server).at(-1), 1099 / 1280, 0.5));
  });

  on('sends wheel and pinch', {}, async ({ page, server }) => {
    await page.mouse.move(640, 400);
    await page.mouse.wheel(0, 120);
    assert.equal((await event(server, { kind: 'wheel' })).dy, 120);
    await page.evaluate(() => document.getElementById('stage').dispatchEvent(new WheelEvent('wheel', {
      deltaY: -10, ctrlKey: true, clientX: 640, clientY: 400, bubbles: true, cancelable: true,
    })));
    assert.ok((await event(server, { kind: 'pinch' })).factor > 1.1);
  });

  on('sends keys and text, and keeps the keys of the page', {}, async ({ page, server }) => {
    await page.keyboard.down('Shift');
    await page.keyboard.press('KeyI');
    await page.keyboard.up('Shift');
    await event(server, { kind: 'text', text: 'I' });
    await event(server, { kind: 'key', action: 'up', code: 'ShiftLeft' });
    await page.keyboard.insertText('größe😀');
    await event(server, { kind: 'text', text: 'größe😀' });
    const keys = eventsOf(server).filter(({ kind }) => kind === 'key').map(({ action, code, modifiers }) => [action, code, modifiers]);
    assert.deepEqual(keys, [['down', 'ShiftLeft', 1], ['down', 'KeyI', 1], ['up', 'KeyI', 1], ['up', 'ShiftLeft', 0]]);
    assert.equal(await page.evaluate(() => document.querySelector('#measurements')), null);
    await page.keyboard.press('Control+Alt+KeyI');
    await page.waitForSelector('#measurements:not([hidden])');
    assert.equal(eventsOf(server).filter(({ code, action }) => code === 'KeyI' && action === 'down').length, 1);
  });

  on('releases everything when the window loses the focus', { scene: ['pointer', 'keys'] }, async ({ page, server }) => {
    await page.mouse.move(640, 400);
    await page.mouse.down();
    await page.keyboard.down('w');
    await event(server, { kind: 'key', code: 'KeyW' });
    await event(server, { kind: 'held' });
    await page.evaluate(() => dispatchEvent(new Event('blur')));
    await event(server, { kind: 'releaseAll' });
    const count = eventsOf(server).length;
    await page.keyboard.down('w'); // a repeat
    await page.mouse.up();
    await page.waitForTimeout(500); // longer than a heartbeat
    assert.deepEqual(eventsOf(server).slice(count).filter(({ action }) => action !== 'move'), []);
  });

  on('releases everything when the tab is hidden, and before the page is left', {}, async ({ page, server }) => {
    await page.mouse.move(640, 400);
    await page.mouse.down();
    await event(server, { action: 'down' });
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await event(server, { kind: 'releaseAll' });
    await event(server, { kind: 'viewport', isVisible: false });
    await page.evaluate(() => delete document.hidden);
    await page.mouse.up();
    server.batches.length = 0;
    await page.mouse.down();
    await event(server, { action: 'down' });
    // Playwright may lose what a page sends while it is left, so it is not really left.
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
    await event(server, { kind: 'releaseAll' });
    assert.equal(await page.evaluate(() => window.cubestream.state), 'stopped');
  });

  on('sends only what the scene wants', { scene: ['wheel'] }, async ({ page, server }) => {
    await page.mouse.click(640, 400);
    await page.keyboard.press('w');
    await page.mouse.wheel(0, 10);
    await event(server, { kind: 'wheel' });
    assert.deepEqual(eventsOf(server).map(({ kind }) => kind), ['wheel']);
    await page.keyboard.press('i');
    await page.waitForSelector('#measurements:not([hidden])');
  });

  on('sends motions while the pointer is locked', { lock: true }, async ({ page, server }) => {
    await page.mouse.move(640, 400);
    await page.mouse.down();
    await page.waitForFunction(() => document.pointerLockElement?.id === 'stage');
    await page.mouse.move(704, 400);
    await event(server, { kind: 'motion' });
    await page.mouse.up();
    await event(server, { action: 'up' });
    const sum = eventsOf(server).filter(({ kind }) => kind === 'motion').reduce((all, { dx }) => all + dx, 0);
    assert.ok(Math.abs(sum - 0.05) < 0.005, String(sum));
  });

  on('sends touches from a phone, and its handle opens a menu', { device: kPhone }, async ({ page, server, context }) => {
    // 320x180 in a window of 320x640: 230 below the top.
    const finger = await context.newCDPSession(page);
    const touch = (type, ...touchPoints) => finger.send('Input.dispatchTouchEvent', { type, touchPoints });
    await touch('touchStart', { x: 80, y: 275, id: 0 });
    await touch('touchStart', { x: 80, y: 275, id: 0 }, { x: 240, y: 365, id: 1 });
    await touch('touchMove', { x: 80, y: 300, id: 0 }, { x: 240, y: 365, id: 1 });
    await new Promise((resolve) => { setTimeout(resolve, 700); }); // a long press belongs to the scene
    await touch('touchEnd');
    assert.ok(isAt(await event(server, { action: 'down', device: 'touch', id: 1 }), 0.25, 0.25));
    assert.ok(isAt(await event(server, { action: 'down', device: 'touch', id: 2 }), 0.75, 0.75));
    await event(server, { action: 'move', id: 1 });
    await event(server, { action: 'up', id: 2, buttons: 0 });
    assert.equal(await page.evaluate(() => document.querySelector('#measurements')), null);
    const count = server.batches.length;
    await page.tap('#handle > button');
    await keep(page, 'handle-phone');
    await page.tap('text=Measurements');
    await page.waitForSelector('#measurements:not([hidden])');
    assert.equal(server.batches.length, count);
  });

  on('loads input only after the first picture', {}, async ({ page }) => {
    const { input, first } = await page.evaluate(async () => {
      const { startedAtMs, presented } = (await window.cubestream.measurements()).firstPicture;
      const [entry] = performance.getEntriesByName(new URL('input.js', location.href).href);
      return { input: entry.startTime, first: startedAtMs + presented };
    });
    assert.ok(input >= first, `${input} is before ${first}`);
  });
});

// SPDX-License-Identifier: MIT
// Control of the scene in the page alone, against a fake server.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { decodeBatch } from './batches.mjs';
import { keep, kTimeLimit } from './browser.mjs';
import { event, eventsOf, inputTests, kDesktop, kHeld, kPhone } from './input_page.mjs';

describe('the page of a person among others', { timeout: 10 * kTimeLimit, concurrency: 2 }, () => {
  const on = inputTests();
  const says = (page, text) => page.waitForFunction((wanted) => {
    const chip = document.querySelector('#control');
    return !chip.hidden && chip.innerText.includes(wanted);
  }, text);

  on('does not take free control by moving the mouse', { control: { ...kHeld, holder: null, name: '' } }, async ({ page, server }) => {
    await page.mouse.move(640, 400);
    await page.mouse.move(600, 400, { steps: 5 });
    assert.equal(await page.evaluate(() => document.getElementById('control').hidden), true);
    await page.mouse.down();
    await event(server, { action: 'down' });
    assert.equal(eventsOf(server).length, 1);
  });

  on('sends nothing while another person has control, and asks for it', {
    control: { ...kHeld, holder: 7, name: '<b>Anna</b>' },
  }, async ({ page, server, asked, socket }) => {
    await says(page, '<b>Anna</b> has control');
    await page.mouse.click(640, 400);
    await page.keyboard.press('w');
    await keep(page, 'control-other');
    await page.click('text=Ask for control');
    socket.say({ ...kHeld, holder: 7, name: 'Anna', asked: true });
    await says(page, 'Asked');
    socket.say({ ...kHeld, holder: 7, name: 'Anna', declined: true });
    await says(page, 'Anna keeps control');
    assert.deepEqual(asked.map((message) => message.do), ['follow', 'take']);
    assert.equal(server.batches.length, 0);
    assert.equal(await page.evaluate(() => document.fullscreenElement), null);
  });

  for (const [where, device] of [['a desktop', kDesktop], ['a phone', kPhone]]) {
    on(`hands control over on ${where}`, { device }, async ({ page, asked, socket }) => {
      await says(page, 'You have control');
      socket.say({ ...kHeld, asking: [{ viewer: 7, name: 'Ben' }, { viewer: 9, name: 'Maximiliane von Hohenzollern-Sigmaringen' }] });
      await says(page, 'Ben asks for control');
      await keep(page, `control-asked-${where.split(' ')[1]}`);
      const fits = await page.evaluate(() => {
        const { left, right } = document.getElementById('control').getBoundingClientRect();
        return left >= 0 && right <= innerWidth && document.documentElement.scrollWidth <= innerWidth;
      });
      assert.ok(fits);
      await page.click('#control .request button');
      await page.click('text=Keep');
      assert.deepEqual(asked.slice(1), [{ type: 'control', do: 'give', to: 7 }, { type: 'control', do: 'keep' }]);
    });
  }

  on('shows the pointers of others', { control: { ...kHeld, mode: 'all', holder: null } }, async ({ page, socket, server }) => {
    const people = [{ viewer: 7, name: '<i>Ben</i>', x: 0.5, y: 0.5 }, { viewer: 8, name: '', x: 0.95, y: 0.1 }];
    const own = { viewer: kHeld.you, name: 'Me', x: 0.1, y: 0.1 }; // not shown
    socket.say({ type: 'pointers', pointers: [own, ...people] });
    await page.waitForFunction(() => document.querySelectorAll('#pointers .pointer').length === 2);
    await page.waitForTimeout(200); // until the dots have moved
    const seen = await page.evaluate(() => [...document.querySelectorAll('#pointers .pointer')].map((dot) => {
      const { left, top } = dot.getBoundingClientRect();
      return [dot.innerText, Math.round(left), Math.round(top)];
    }));
    assert.deepEqual(seen, [['<i>Ben</i>', 640, 400], ['viewer 8', 1216, 112]]);
    await keep(page, 'pointers');
    await page.mouse.move(100, 400); // everyone may hover
    await event(server, { kind: 'pointer', action: 'move' });
    socket.say({ type: 'pointers', pointers: [] });
    await page.waitForFunction(() => document.querySelectorAll('#pointers .pointer').length === 0);
  });

  on('continues with the next connection', {}, async ({ page, server, asked }) => {
    await page.mouse.click(640, 400);
    await event(server, { action: 'up' });
    server.batches.length = 0;
    server.closeAll(1006);
    await page.waitForFunction(() => window.cubestream.reconnects === 1);
    await page.waitForFunction(() => window.cubestream.control?.holder === 3);
    await page.mouse.click(640, 400);
    await event(server, { action: 'up' });
    assert.equal(decodeBatch(server.batches[0]).batch, 1);
    assert.equal(asked.at(-1).resume, 'k3');
  });

  on('exchanges messages with the application', {}, async ({ page, asked, socket }) => {
    await page.evaluate(() => {
      window.cubestream.onmessage = (data) => { window.heard = data; };
    });
    socket.say({ type: 'message', data: { part: 'wheel' } });
    await page.waitForFunction(() => window.heard?.part === 'wheel');
    assert.equal(await page.evaluate(() => window.cubestream.send([1, 'two'])), true);
    await page.waitForTimeout(100);
    assert.deepEqual(asked.at(-1), { type: 'message', data: [1, 'two'] });
  });
});

// SPDX-License-Identifier: MIT
// CS_SCENE=external: a producer that comes, goes, hangs and misbehaves, and what viewers see meanwhile.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying } from './browser.mjs';
import { Daemon, kSmall, pause } from './daemon.mjs';
import { attack, Producer } from './external.mjs';
import { rememberPeers } from './pair.mjs';
import { part, pixels, watch } from './picture.mjs';

const kUnchanged = 100; // frames, which last longer than the page waits for a picture
const kHostile = ['truncate', 'scribble', 'garbage', 'flood', 'sizes', 'deaf', 'storm'];

// One daemon and one viewer see all of it, in this order.
describe('frames of another program', { timeout: 10 * kTimeLimit }, () => {
  let folder;
  let socket;
  let daemon;
  let browser;
  let page;
  let producer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cubestream-external-'));
    socket = join(folder, 'frames.sock');
    daemon = await Daemon.start({ ...kSmall, CS_SCENE: 'external', CS_SCENE_SOCKET: socket });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await producer?.end();
    const exit = await daemon?.stop();
    rmSync(folder, { recursive: true });
    assert.equal(exit?.code, 0, daemon?.tail());
  });

  const isQuiet = (of) => of.waitForFunction(() => !document.getElementById('status').classList.contains('shown'));
  /// Polls; there is no event.
  const until = async (holds, what) => {
    const end = performance.now() + kTimeLimit;
    while (!await holds()) {
      assert.ok(performance.now() < end, `timeout while waiting for: ${what()}\n${daemon.tail()}`);
      await pause();
    }
  };
  /// Waits until /readyz and api/status say so; without a pattern, that it is ready. /healthz is always fine.
  const ready = async (pattern = null) => {
    let seen;
    await until(async () => {
      const { status: code, text } = await daemon.get('readyz');
      const { ready: is, unreadyBecause: why } = JSON.parse((await daemon.get('api/status')).text);
      seen = { code, text, is, why };
      return pattern ? !is && code === 503 && pattern.test(why) && text === `Not ready: ${why}.\n` : is && code === 200;
    }, () => `${pattern ?? 'ready'}; it was ${JSON.stringify(seen)}`);
    assert.equal((await daemon.get('healthz')).status, 200);
  };
  /// The sum over all labels.
  const metric = async (name) => {
    const { text } = await daemon.get('metrics');
    const values = [...text.matchAll(new RegExp(String.raw`^cubestream_${name}(?:\{.*\})? (\S+)$`, 'gm'))];
    assert.ok(values.length > 0, `there is no metric ${name}`);
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const assertColours = async (of) => {
    const data = await pixels(of);
    const share = (area, is) => {
      const all = part(data, area);
      return all.filter(is).length / all.length;
    };
    const [red, blue] = [({ r, b }) => r > 150 && b < 100, ({ r, b }) => b > 150 && r < 100];
    assert.ok(share({ bottom: 0.45 }, red) > 0.7, 'red above');
    assert.ok(share({ top: 0.55 }, blue) > 0.7, 'blue below');
  };
  const moves = async (of) => {
    const { presented, different } = await watch(of, 20);
    assert.ok(different > presented / 2, `${different} of ${presented} pictures differ`);
  };
  /// The viewer noticed nothing: it has its first session and its only peer connection.
  const assertUndisturbed = async () => {
    const { events, ...seen } = await page.evaluate(() => ({
      state: window.cubestream.state, reconnects: window.cubestream.reconnects,
      peers: window.peers.map(({ connectionState }) => connectionState),
      events: window.cubestream.events.map(({ what }) => what) }));
    const expected = { state: 'playing', reconnects: 0, peers: ['connected'] };
    assert.deepEqual(seen, expected, `${JSON.stringify(seen)} after these events:\n${events.join('\n')}`);
    assert.deepEqual(page.complaints, []);
  };

  it('are waited for: page, /readyz, api/status and metrics say so', async () => {
    await ready(/^waiting for the program that draws$/);
    assert.equal(await metric('producer_connected'), 0);
    const context = await browser.newContext({ viewport: { width: 640, height: 360 } });
    await rememberPeers(context);
    page = await openPage(context, daemon.url);
    await playing(page);
    await saying(page, /^Waiting for the program that draws\.$/);
    await assertUndisturbed();
  });

  it('arrive in the browser, in their colours, and move', async () => {
    producer = await Producer.start(socket, 'painter');
    await producer.frames(5);
    await isQuiet(page);
    await moves(page);
    await assertColours(page);
    await ready();
    assert.equal(await metric('producer_connected'), 1);
    await keep(page, 'external');
    await assertUndisturbed();
  });

  it('are refused to a second producer, with a sentence on its side', async () => {
    const second = new Producer(socket, 'second');
    await until(async () => await metric('producers_refused_total') > 0, () => 'a refusal');
    const { message } = await daemon.line(/^refused process \d+ of user \d+: another program is connected already: painter/);
    assert.match(message, /painter \(process \d+ of user \d+\)$/);
    assert.equal(second.events.length, 0, 'it waits until the first one ends');
    await second.end();
    await moves(page);
  });

  it('stay on the page while a killed producer is restarted', async () => {
    await producer.end('SIGKILL');
    await saying(page, /^Painter has ended; waiting for the program that draws\.$/);
    await assertColours(page);
    await ready(/^painter has ended; waiting for the program that draws$/);
    assert.equal(await metric('producer_connected'), 0);
    await keep(page, 'external-ended');
    producer = await Producer.start(socket, 'painter');
    await producer.frames(5);
    await isQuiet(page);
    await moves(page);
    await ready();
    await assertUndisturbed();
  });

  it('may be awaited: a producer that hangs is named', async () => {
    producer.say('hang');
    await saying(page, /^Painter does not answer; waiting for it\.$/);
    await ready(/^painter does not answer; waiting for it$/);
    await assertColours(page);
    producer.say('draw');
    await isQuiet(page);
    await moves(page);
    await ready();
    await assertUndisturbed();
  });

  it('come with a text, which the page shows as text', async () => {
    producer.say('hang');
    producer.say('status <b id="bad">loading</b> & more');
    await saying(page, /^<b id="bad">loading<\/b> & more\.$/);
    assert.equal(await page.evaluate(() => document.getElementById('bad')), null);
    await daemon.line(/<b id="bad">loading<\/b> & more/);
    producer.say('draw');
    await isQuiet(page);
  });

  it('change their size, and viewers stay in their session', async () => {
    const size = () => page.evaluate(() => [window.cubestream.video.videoWidth, window.cubestream.video.videoHeight]);
    assert.deepEqual(await size(), [640, 360]);
    for (const [width, height] of [[480, 480], [640, 360]]) {
      producer.say(`size ${width} ${height}`);
      await page.waitForFunction(([wide, high]) => {
        const { video } = window.cubestream;
        return video.videoWidth === wide && video.videoHeight === high;
      }, [width, height]);
      await isQuiet(page);
      await moves(page);
      await assertColours(page);
      await assertUndisturbed();
      assert.deepEqual(await size(), [width, height]);
      await keep(page, `external-${width}x${height}`);
    }
    await ready();
  });

  for (const command of ['same', 'unchanged'])
    it(`are not encoded while they are ${command}, and viewers stay`, async () => {
      producer.say(command);
      await producer.frames(5);
      const began = performance.now();
      const encoded = await metric('encoded_frames_total');
      await producer.frames(kUnchanged);
      await morePictures(page, 3);
      const seconds = (performance.now() - began) / 1000;
      const more = await metric('encoded_frames_total') - encoded;
      assert.ok(more <= 3 * seconds + 3, `${more} frames in ${seconds} s`);
      const newcomer = await openPage(await browser.newContext(), daemon.url);
      await playing(newcomer);
      await assertColours(newcomer);
      await newcomer.context().close();
      await assertUndisturbed();
      const events = await page.evaluate(() => window.cubestream.events.map(({ what }) => what));
      assert.deepEqual(events.filter((what) => /stalled|frozen/.test(what)), []);
      producer.say('draw');
      await moves(page);
    });

  it('are not requested without viewers', async () => {
    const before = producer.events.length;
    await page.context().close();
    const { requests } = await producer.event(({ event, is }) => event === 'watched' && !is, before);
    await pause(1000); // there is no event for inactivity
    const from = producer.events.length;
    const context = await browser.newContext({ viewport: { width: 640, height: 360 } });
    await rememberPeers(context);
    page = await openPage(context, daemon.url);
    const again = await producer.event(({ event, is }) => event === 'watched' && is, from);
    assert.ok(again.requests <= requests + 1, `${again.requests - requests} requests; one may have been on its way`);
    await playing(page);
    await moves(page);
  });

  it('of a producer with its own clock arrive in the browser', async () => {
    await producer.end();
    await saying(page, /has ended/);
    producer = await Producer.start(socket, 'clock', 'push');
    await producer.frames(5);
    await isQuiet(page);
    await moves(page);
    assert.equal(producer.events.findLast(({ event }) => event === 'shown').requests, 0);
    await assertColours(page);
    await ready();
    await assertUndisturbed();
  });

  for (const way of kHostile)
    it(`of a hostile producer disturb no viewer: ${way}`, async () => {
      await producer.end();
      await saying(page, /has ended/);
      const shown = await metric('producer_frames_total');
      const result = await attack(socket, way);
      if (way === 'scribble') assert.ok(await metric('producer_frames_total') >= shown + result.frames);
      if (way === 'truncate') assert.equal(result.refused, 60 * 3 * 3);
      if (way === 'garbage') {
        assert.equal(result.sentences.length, 9);
        assert.ok(result.sentences.every((sentence) => sentence.length > 10), JSON.stringify(result));
      }
      if (way === 'flood') assert.equal(result.sentence, 'it sends more than 500 messages a second');
      if (way === 'deaf') await daemon.line(/is gone: it does not read its messages/);
      if (way === 'sizes') assert.ok(result.answers < 30, JSON.stringify(result));
      await morePictures(page, 2);
      await assertUndisturbed();
      producer = await Producer.start(socket, `after ${way}`);
      await isQuiet(page);
      await moves(page);
      await assertUndisturbed();
      await ready();
    });
});

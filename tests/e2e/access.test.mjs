// SPDX-License-Identifier: MIT
// Access control, for the page and for programs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it, test } from 'node:test';
import WebSocket from 'ws';
import { keep, kTimeLimit, launchBrowser, morePictures, openPage, playing, saying } from './browser.mjs';
import { Daemon, kSmall, pause, run } from './daemon.mjs';
import { signLink } from './links.mjs';

const kSecret = 'secret-4711-0123456789abcdef';
const kWanted = /^This server requires a token\./;

const sign = (daemon, ...words) => signLink(daemon, kSecret, ...words);

const tokenOf = (link) => link.replace(/^.*#token=/, '');
const ask = (daemon, path, token, method = 'GET') =>
  fetch(new URL(path, daemon.url), { method, headers: token ? { Authorization: `Bearer ${token}` } : {} });

describe('with a token set', { timeout: 10 * kTimeLimit }, () => {
  let daemon;
  let browser;
  let context;
  const told = new Set([kSecret]); // texts that must not be logged
  const link = async (...words) => {
    const made = await sign(daemon, ...words);
    told.add(tokenOf(made));
    return made;
  };
  before(async () => {
    [daemon, browser] = await Promise.all(
      [Daemon.start({ ...kSmall, CS_AUTH_TOKEN: kSecret, CS_LOG_LEVEL: 'trace' }), launchBrowser()]);
  });
  after(async () => {
    await browser?.close();
    assert.equal((await daemon.stop()).code, 0);
  });
  beforeEach(async () => {
    context = await browser.newContext();
  });
  afterEach(() => context.close());

  /// Opens a tab; also collects the console errors about violations of the Content Security Policy.
  async function open(url) {
    const page = await openPage(context, 'about:blank');
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content.Security/.test(message.text())) page.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  it('a signed link shows the picture, and its token appears in no address', async () => {
    const address = await link('--expires', '2h');
    assert.ok(address.startsWith(`${daemon.url}#token=`), address);
    const asked = [];
    context.on('request', (request) => asked.push(request.url()));
    const page = await open(address);
    await playing(page);
    await morePictures(page, 10);
    assert.equal(page.url(), daemon.url);
    assert.ok(asked.length > 5);
    assert.ok(asked.every((url) => !url.includes(tokenOf(address))), asked.join('\n'));
    await page.reload();
    await playing(page);
    assert.equal(page.url(), daemon.url);
    const { server } = await page.evaluate(() => window.cubestream.measurements());
    assert.match(server.version, /^\d/, 'the page may request api/status');
    assert.ok(!JSON.stringify(await page.evaluate(() => window.cubestream.measurements())).includes(tokenOf(address)));
    assert.deepEqual(page.complaints, []);
  });

  it('an expired link is reported as expired, and a new link in the same tab plays', async () => {
    const short = await link('--expires', '1s');
    while ((await ask(daemon, 'config.json', tokenOf(short))).status !== 401)
      await pause();
    const page = await open(short);
    await saying(page, /^The link has expired; ask for a new one\.$/);
    await page.waitForSelector('#token input');
    await keep(page, 'access-expired');
    assert.equal(page.url(), daemon.url);
    await page.goto(await link()); // changes only the fragment
    await playing(page);
    assert.equal(await page.isVisible('#token'), false);
    assert.deepEqual(page.complaints, []);
  });

  it('a wrong token is reported, and not retried until another is entered', async () => {
    const page = await open(`${daemon.url}#token=wrong-4711`);
    told.add('wrong-4711');
    await saying(page, /^The token is wrong; /);
    await page.waitForSelector('#token input');
    const before = await daemon.metrics();
    assert.equal(await page.evaluate(() => window.cubestream.state), 'stopped');
    await page.evaluate(() => {
      dispatchEvent(new Event('online'));
      document.getElementById('stage').click();
    });
    await pause(1500); // there is no event for inactivity; the back-off is shorter
    assert.equal((await daemon.metrics()).net_auth_failures_total, before.net_auth_failures_total);
    await page.fill('#token input', 'two words');
    await page.keyboard.press('Enter');
    await saying(page, /^A token is one word/);
    await page.fill('#token input', await link());
    await page.keyboard.press('Enter');
    await playing(page);
    assert.equal(await page.isVisible('#token'), false);
  });

  it('without a token the page asks for one, and accepts the secret itself', async () => {
    const page = await open(daemon.url);
    await saying(page, kWanted);
    await page.fill('#token input', kSecret);
    await page.click('#token button');
    await playing(page);
    assert.deepEqual(page.complaints, []);
  });

  it('each role has its own permissions', async () => {
    const [view, control] = await Promise.all(['view', 'control'].map((role) => link('--role', role).then(tokenOf)));
    const status = async (...words) => (await ask(daemon, ...words)).status;
    assert.deepEqual(
      await Promise.all([view, control, kSecret, ''].map((token) => status('api/recording', token, 'POST'))),
      [403, 409, 409, 401], '409: CS_RECORD_DIR is not set');
    assert.deepEqual(await Promise.all([view, control, kSecret, ''].map((token) => status('metrics', token))),
      [403, 200, 200, 401]);
    assert.deepEqual(await Promise.all([view, ''].map((token) => status('snapshot.png', token))), [200, 401]);
    assert.deepEqual(await Promise.all(['healthz', 'readyz', ''].map((path) => status(path))), [200, 200, 200]);
  });

  it('a program sends the token in the Authorization header', async () => {
    const url = `${daemon.url.replace(/^http/, 'ws')}ws`;
    const refused = new WebSocket(url);
    const [error] = await once(refused, 'error');
    assert.match(error.message, /401/);
    const socket = new WebSocket(url, { headers: { Authorization: `Bearer ${kSecret}` } });
    await once(socket, 'open');
    socket.close();
  });

  it('guessing tokens is rate limited with a message, and a valid link still works', async () => {
    const statuses = [];
    for (let i = 0; i < 40 && statuses.at(-1) !== 429; ++i)
      statuses.push((await ask(daemon, 'config.json', `guess-4711-${i}`)).status);
    assert.equal(statuses.at(-1), 429, statuses.join());
    const limited = await ask(daemon, 'config.json', 'guess-4711');
    if (limited.status === 429) assert.ok(Number(limited.headers.get('Retry-After')) > 0);
    told.add('guess-4711');
    const page = await open(daemon.url);
    await saying(page, kWanted);
    // The limit allows another attempt from time to time.
    const tries = async () => {
      await page.fill('#token input', 'guess-4711');
      await page.keyboard.press('Enter');
      await saying(page, /^(The token is wrong|Too many wrong tokens)/);
      await page.waitForSelector('#token input');
      return page.textContent('#status');
    };
    while (!/^Too many wrong tokens came from your address/.test(await tries()));
    await keep(page, 'access-limited');
    await page.fill('#token input', await link());
    await page.keyboard.press('Enter');
    await playing(page);
  });

  it('the log at trace contains none of the tokens', () => {
    const all = daemon.raw.join('\n');
    assert.ok(all.length > 1000 && told.size > 8);
    for (const token of told)
      for (const text of [token, Buffer.from(token).toString('base64url')]) assert.ok(!all.includes(text), text);
    assert.doesNotMatch(all, /bearer/i);
  });
});

/// Serves a page from another origin, with these header fields.
async function elsewhere(html, fields = {}) {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html', ...fields });
    response.end(html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${server.address().port}/` };
}

test('a page from another origin gets nothing unless the origin is allowed', { timeout: 4 * kTimeLimit }, async () => {
  const { server, url } = await elsewhere('<!doctype html><title>elsewhere</title>');
  const browser = await launchBrowser();
  const look = async (settings) => {
    const daemon = await Daemon.start({ ...kSmall, ...settings });
    try {
      const page = await openPage(await browser.newContext(), url);
      return await page.evaluate(async (base) => {
        const socket = new WebSocket(new URL('ws', base).href.replace('http', 'ws'));
        const opened = new Promise((resolve) => {
          socket.onopen = () => resolve(true);
          socket.onclose = () => resolve(false);
        });
        const fetched = await fetch(new URL('api/status', base)).then((reply) => reply.status, () => 0);
        const posted = await fetch(new URL('api/recording', base), { method: 'POST' }).then((reply) => reply.status, () => 0);
        const shows = (fields) => Object.assign(new Image(), fields, { src: new URL('snapshot.png', base).href }).decode()
          .then(() => true, () => false);
        const shown = await shows({ crossOrigin: 'anonymous' });
        const shownUnnamed = await shows({});
        const frame = document.createElement('iframe');
        frame.src = base;
        const loaded = new Promise((resolve) => { frame.onload = resolve; });
        document.body.append(frame);
        await loaded;
        return { opened: await opened, fetched, posted, shown, shownUnnamed };
      }, daemon.url).then((seen) => ({ ...seen, framed: page.frames()[1].url() === daemon.url }));
    } finally {
      assert.equal((await daemon.stop()).code, 0);
    }
  };
  try {
    const { origin } = new URL(url);
    assert.deepEqual(await look({}),
      { opened: false, fetched: 0, posted: 0, shown: false, shownUnnamed: false, framed: false });
    assert.deepEqual(await look({ CS_ALLOWED_ORIGINS: origin, CS_FRAME_ANCESTORS: origin }),
      { opened: true, fetched: 200, posted: 409, shown: true, shownUnnamed: false, framed: true });
  } finally {
    await browser.close();
    server.close();
  }
});

test('a cross-origin isolated page can embed ours, and a sandboxed frame shows what it needs', { timeout: 2 * kTimeLimit }, async () => {
  const { server, url } = await elsewhere('<!doctype html><title>elsewhere</title>', { 'Cross-Origin-Embedder-Policy': 'require-corp' });
  const browser = await launchBrowser();
  const daemon = await Daemon.start({ ...kSmall, CS_FRAME_ANCESTORS: new URL(url).origin });
  try {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    const show = (sandbox) => page.evaluate(([src, words]) => {
      const frame = document.createElement('iframe');
      if (words !== null) frame.sandbox = words;
      document.body.append(Object.assign(frame, { src }));
    }, [daemon.url, sandbox]);
    await show(null);
    await page.frameLocator('iframe').locator('#unstarted').waitFor({ state: 'detached' });
    await page.frames()[1].waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0));
    await show('allow-scripts');
    const words = page.frameLocator('iframe >> nth=1').locator('#unstarted');
    await words.waitFor({ state: 'visible' });
    assert.match(await words.textContent(), /"allow-same-origin"/);
  } finally {
    await browser.close();
    server.close();
    assert.equal((await daemon.stop()).code, 0);
  }
});

test('a server without authentication warns when other machines can reach it', { timeout: 2 * kTimeLimit }, async () => {
  for (const [settings, warns] of [
    [{ CS_HOST: '0.0.0.0' }, true], [{ CS_HOST: '127.0.0.1' }, false], [{ CS_HOST: '0.0.0.0', CS_AUTH_TOKEN: kSecret }, false]]) {
    const daemon = await Daemon.start({ ...kSmall, ...settings });
    assert.equal((await daemon.stop()).code, 0);
    const said = daemon.log.filter(({ level, message }) => level === 'warning' && /CS_AUTH_TOKEN/.test(message));
    assert.equal(said.length, warns ? 1 : 0, daemon.tail());
  }
});

test('the secret may be in a file, and the server does not start without that file', { timeout: 2 * kTimeLimit }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'access-'));
  const file = join(folder, 'token');
  try {
    const { code, err } = await run({ CS_PORT: '0', CS_AUTH_TOKEN_FILE: file });
    assert.equal(code, 1);
    assert.match(err, /CS_AUTH_TOKEN_FILE/);
    writeFileSync(file, `${kSecret}\n`, { mode: 0o600 });
    const daemon = await Daemon.start({ ...kSmall, CS_AUTH_TOKEN_FILE: file });
    assert.deepEqual(
      await Promise.all([kSecret, tokenOf(await sign(daemon)), ''].map(async (token) => (await ask(daemon, 'config.json', token)).status)),
      [200, 200, 401]);
    assert.equal((await daemon.stop()).code, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no link is signed without a secret or without a known address', async () => {
  const without = await run({}, ['--sign-link']);
  assert.deepEqual([without.code, without.out], [1, '']);
  assert.match(without.err, /CS_AUTH_TOKEN is not set/);
  const nowhere = await run({ CS_AUTH_TOKEN: kSecret, CS_PORT: '0' }, ['--sign-link']);
  assert.deepEqual([nowhere.code, nowhere.out], [1, '']);
  const based = await run({ CS_AUTH_TOKEN: kSecret, CS_PORT: '0' }, ['--sign-link', '--base', 'https://cube.example/']);
  assert.match(based.out, /^https:\/\/cube\.example\/#token=[A-Za-z0-9_-]{14}\.[A-Za-z0-9_-]{43}\n$/);
  assert.equal((await run({ CS_AUTH_TOKEN: kSecret }, ['--sign-link', '--role', 'root'])).code, 2);
});

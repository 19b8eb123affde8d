// SPDX-License-Identifier: MIT
// A snapshot that takes a second to encode.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Daemon } from './daemon.mjs';

test('a PNG snapshot of 3840x2160 is encoded by a low-priority thread and blocks no other request', async (t) => {
  const large = await Daemon.start({ CS_WIDTH: '3840', CS_HEIGHT: '2160', CS_FPS: '5', CS_BITRATE_KBPS: '8000' });
  try {
    const order = [];
    const began = performance.now();
    const png = fetch(new URL('snapshot.png', large.url)).then(async (reply) => {
      const bytes = Buffer.from(await reply.arrayBuffer());
      order.push('picture');
      return [reply.status, bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    });
    assert.ok((await fetch(new URL('healthz', large.url))).ok);
    order.push('health');
    assert.deepEqual(await png, [200, 3840, 2160]);
    t.diagnostic(`in ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(order, ['health', 'picture']);
    const threads = readdirSync(`/proc/${large.pid}/task`).map(
      (id) => readFileSync(`/proc/${large.pid}/task/${id}/stat`, 'utf8').match(/\((.*)\) (.*)/).slice(1));
    const niceness = Object.fromEntries(threads.map(([name, rest]) => [name, Number(rest.split(' ')[16])]));
    assert.ok(niceness.snapshot >= 10 && niceness.snapshot > niceness.render, JSON.stringify(niceness));
  } finally {
    assert.equal((await large.stop()).code, 0);
  }
});

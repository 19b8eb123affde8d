// SPDX-License-Identifier: MIT
// node bench/memory.mjs [--record] [--viewers 1600] [--at-once 30]
// Does the memory of viewers come back? That many come, see a picture and leave, 200 in a round and some at once. Prints
// what the daemon has for itself (RssAnon) at the start, at most in each round and after it, and up to a minute after the
// last has left; and what one viewer takes, measured in two ways: when many come at once, and when they come one by one.
// Needs the release build with its tests.
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { slope } from './numbers.mjs';
import { examine } from './process.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';

const kRound = 200; // viewers
const kStay = 500; // ms that one watches
const kLookEvery = 200; // ms
const kTogether = 30; // viewers, for what one of them takes
const kHold = 5000; // ms that those stay whose memory is measured
const kAfter = [1, 10, 30, 60]; // s after the last one left
const kMost = 20; // MB above the start, a minute after

const memoryOf = (server) => examine(server.pid).memoryMb;

/// The highest value of `most()` until the promise `work` settles.
async function peak(most, work) {
  let highest = most();
  const timer = setInterval(() => { highest = Math.max(highest, most()); }, kLookEvery);
  try {
    await work;
    return Math.max(highest, most());
  } finally {
    clearInterval(timer);
  }
}

/// `count` visits, `atOnce` at a time.
async function round(server, receivers, count, atOnce) {
  let left = count;
  const visitor = async () => {
    while (left-- > 0) {
      const { id } = await receivers.join(server.url);
      await sleep(kStay);
      receivers.leave(id);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, visitor));
}

/// Joins `count`, all at once or one after the other, holds them, and says what each takes.
async function eachTakes(server, receivers, count, atOnce) {
  const points = [[0, memoryOf(server)]];
  const ids = [];
  if (atOnce) {
    ids.push(...await Promise.all(Array.from({ length: count }, () => receivers.join(server.url).then(({ id }) => id))));
    await sleep(kHold);
    points.push([count, memoryOf(server)]);
  } else {
    for (let i = 0; i < count; ++i) {
      ids.push((await receivers.join(server.url)).id);
      if (ids.length % 10 !== 0) continue;
      await sleep(kHold);
      points.push([ids.length, memoryOf(server)]);
    }
  }
  return slope(points);
}

async function run(viewers, atOnce) {
  const [load] = loadavg();
  const server = await systems[0].start();
  const receivers = Receivers.start();
  try {
    await sleep(kHold);
    const start = memoryOf(server);
    const rounds = [];
    for (let came = 0; came < viewers; came += kRound) {
      const most = await peak(() => memoryOf(server), round(server, receivers, Math.min(kRound, viewers - came), atOnce));
      rounds.push({ most, after: memoryOf(server) });
      console.error(`${came + kRound} came: ${most.toFixed(1)} MB at most`);
    }
    const after = [];
    const end = performance.now();
    for (const seconds of kAfter) {
      await sleep(end + seconds * 1000 - performance.now());
      after.push([seconds, memoryOf(server)]);
    }
    return { load, start, rounds, after, threads: examine(server.pid).threads };
  } finally {
    await receivers.stop();
    await server.stop();
  }
}

/// What one viewer takes of a daemon that had none before.
async function freshly(count, atOnce) {
  const server = await systems[0].start();
  const receivers = Receivers.start();
  try {
    await sleep(kHold);
    return await eachTakes(server, receivers, count, atOnce);
  } finally {
    await receivers.stop();
    await server.stop();
  }
}

if (!existsSync(kReceivers)) throw new Error(`build it first: ${kReceivers} is not there`);
const number = (name, usual) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const viewers = number('--viewers', 1600);
const atOnce = number('--at-once', 30);
const together = await freshly(kTogether, true);
const apart = await freshly(kTogether, false);
const { load, start, rounds, after, threads } = await run(viewers, atOnce);
const rise = after.at(-1)[1] - start;
const mb = (value) => value.toFixed(1);
const text = [
  `What ${viewers} viewers leave behind, ${kRound} in a round and ${atOnce} at once, each for ${kStay / 1000} s ` +
    `(RssAnon, MB). Load average before: ${load.toFixed(1)}.`, '',
  `Start: ${mb(start)}. At most in each round: ${rounds.map(({ most }) => mb(most)).join(', ')}; at its end: ` +
    `${rounds.map(({ after: rest }) => mb(rest)).join(', ')}. After the last one left: ` +
    `${after.map(([seconds, value]) => `${mb(value)} (${seconds} s)`).join(', ')}; ${threads} threads.`, '',
  `A minute after: ${mb(rise)} MB above the start (at most ${kMost}: ${rise <= kMost ? 'kept' : 'NOT kept'}). One viewer ` +
    `takes ${together.toFixed(2)} MB when ${kTogether} come at once, ${apart.toFixed(2)} when they come one by one.`,
].join('\n');
console.log(text);
if (process.argv.includes('--record')) record(['node bench/memory.mjs', ...process.argv.slice(2)].join(' '), text);
process.exitCode = rise <= kMost ? 0 : 1;

// SPDX-License-Identifier: MIT
// node bench/memory.mjs [--record] [--viewers 1600] [--at-once 30]
// Measures whether the daemon frees the memory of its viewers. Viewers join, receive a frame and leave: 200 per round,
// some at once. Prints the daemon's memory (RssAnon) at the start, its peak in each round, its value after each round
// and up to a minute after the last viewer has left; and the memory per viewer, for joins all at once and one by one.
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
const kStay = 500; // ms that each viewer stays
const kLookEvery = 200; // ms
const kTogether = 30; // viewers for the memory per viewer
const kHold = 5000; // ms before these viewers are measured
const kAfter = [1, 10, 30, 60]; // s after the last viewer has left
const kMost = 20; // MB above the start, one minute after the end

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

/// Joins `count` viewers, all at once or one by one, holds them, and returns the memory of each in MB.
async function memoryPerViewer(server, receivers, count, atOnce) {
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
      console.error(`${came + kRound} viewers: peak ${most.toFixed(1)} MB`);
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

/// The memory per viewer of a freshly started daemon, in MB.
async function measureFresh(count, atOnce) {
  const server = await systems[0].start();
  const receivers = Receivers.start();
  try {
    await sleep(kHold);
    return await memoryPerViewer(server, receivers, count, atOnce);
  } finally {
    await receivers.stop();
    await server.stop();
  }
}

if (!existsSync(kReceivers)) throw new Error(`${kReceivers} is not built; build the release preset first`);
const number = (name, usual) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const viewers = number('--viewers', 1600);
const atOnce = number('--at-once', 30);
const together = await measureFresh(kTogether, true);
const apart = await measureFresh(kTogether, false);
const { load, start, rounds, after, threads } = await run(viewers, atOnce);
const rise = after.at(-1)[1] - start;
const mb = (value) => value.toFixed(1);
const text = [
  `Memory after ${viewers} viewers, ${kRound} per round and ${atOnce} at once, each for ${kStay / 1000} s ` +
    `(RssAnon, MB). Load average before: ${load.toFixed(1)}.`, '',
  `Start: ${mb(start)}. Peak of each round: ${rounds.map(({ most }) => mb(most)).join(', ')}; after it: ` +
    `${rounds.map(({ after: rest }) => mb(rest)).join(', ')}. After the last viewer left: ` +
    `${after.map(([seconds, value]) => `${mb(value)} (${seconds} s)`).join(', ')}; ${threads} threads.`, '',
  `One minute after the end: ${mb(rise)} MB above the start (at most ${kMost}: ` +
    `${rise <= kMost ? 'reached' : '**missed**'}). One viewer takes ${together.toFixed(2)} MB when ${kTogether} ` +
    `join at once, ${apart.toFixed(2)} when they join one by one.`,
].join('\n');
console.log(text);
if (process.argv.includes('--record')) record(['node bench/memory.mjs', ...process.argv.slice(2)].join(' '), text);
process.exitCode = rise <= kMost ? 0 : 1;

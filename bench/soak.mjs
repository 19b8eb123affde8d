// SPDX-License-Identifier: MIT
// node bench/soak.mjs [--record] [--minutes 30]
// Measures whether the daemon's memory grows. One viewer stays, and every second another one joins, receives a frame
// and leaves: in turn with a close, without one, and with its WebSocket broken first. Prints the slope of the daemon's
// memory (RssAnon) after the first fifth, by least squares, its threads and descriptors. Needs the release build with
// its tests.
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { plot, slope } from './numbers.mjs';
import { examine } from './process.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';

const kEvery = 1000; // ms between two joins
const kStay = 1000; // ms that each viewer stays
const kLookEvery = 10_000; // ms
const kWarmUp = 0.2; // share of the time that is not measured
const kMost = 1; // MB an hour

/// A viewer joins and leaves; rejects if it receives no frame.
async function visit(server, receivers, number) {
  const { id } = await receivers.join(server.url);
  await sleep(kStay);
  if (number % 3 === 1) receivers.breakSignalling(id);
  if (number % 3 === 2) receivers.say({ do: 'kill', id });
  receivers.leave(id);
}

async function soak(minutes) {
  const [load] = loadavg();
  const server = await systems[0].start();
  const receivers = Receivers.start();
  try {
    await receivers.join(server.url);
    const [began, length] = [performance.now(), minutes * 60_000];
    const samples = [];
    const visits = new Set();
    let [came, failed, lookAt] = [0, 0, 0];
    for (let at = 0; at < length; at += kEvery) {
      await sleep(Math.max(0, began + at - performance.now()));
      if (at >= lookAt) {
        samples.push({ minute: at / 60_000, ...examine(server.pid) });
        lookAt += kLookEvery;
      }
      const one = visit(server, receivers, ++came).catch((error) => {
        ++failed;
        console.error(error.message);
      }).finally(() => visits.delete(one));
      visits.add(one);
    }
    await Promise.all(visits);
    await sleep(15_000); // until the daemon has noticed the viewers that left without a close
    const seen = (await receivers.look()).receivers[0];
    return { load, samples, came, failed, seen, after: examine(server.pid) };
  } finally {
    await receivers.stop();
    await server.stop();
  }
}

function report(minutes, { load, samples, came, failed, seen, after }) {
  const warm = samples.filter(({ minute }) => minute >= minutes * kWarmUp);
  const perHour = slope(warm.map(({ minute, memoryMb }) => [minute / 60, memoryMb]));
  const good = perHour < kMost && failed === 0;
  const points = samples.map(({ minute, memoryMb }) => [Math.round(minute * 10) / 10, memoryMb]);
  const text = [
    `${minutes} minutes with one viewer that stays and one that joins and leaves every second: ${came} visits, ` +
      `${failed} without a frame. Load average before: ${load.toFixed(1)}.`, '',
    `Memory of the daemon (RssAnon) after the first ${(minutes * kWarmUp).toFixed(0)} minutes: ` +
      `${perHour.toFixed(2)} MB an hour (must be under ${kMost}); ${samples[0].memoryMb.toFixed(1)} MB at the start, ` +
      `${warm[0].memoryMb.toFixed(1)} after these minutes, ${samples.at(-1).memoryMb.toFixed(1)} at the end. Threads ` +
      `${samples[0].threads} at the start, ${after.threads} after all others had left; descriptors ` +
      `${samples[0].descriptors}, ${after.descriptors}. The viewer that stayed lost ${seen.lost} packets; its ` +
      `longest gap between frames was ${seen.longest_gap_ms.toFixed(0)} ms.`, '',
    '```', 'MB over minutes', plot([{ letter: '*', points }], { high: 12 }), '```',
  ].join('\n');
  return { text, good };
}

function parseArguments(args) {
  const asked = { record: false, minutes: 30 };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--minutes') asked.minutes = Number(args[++i]);
    else return null;
  }
  return asked.minutes > 0 ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error('usage: node bench/soak.mjs [--record] [--minutes M]');
  process.exit(2);
}
if (!existsSync(kReceivers)) {
  console.error(`${kReceivers} is not built; cmake --preset release && cmake --build build/release builds it`);
  process.exit(1);
}
const { text, good } = report(asked.minutes, await soak(asked.minutes));
console.log(text);
if (!good) process.exitCode = 1;
if (asked.record) record(`node bench/soak.mjs --minutes ${asked.minutes}`, text);

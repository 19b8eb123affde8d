// SPDX-License-Identifier: MIT
// node bench/soak.mjs [--record] [--minutes 30]
// Does the daemon grow? One viewer watches all the time, and each second another one comes, sees a picture and leaves, by
// turns with a goodbye, without one, and with its WebSocket broken first. Prints how steeply the memory that the daemon
// has for itself (RssAnon) rises after the first fifth, by least squares, and what else it holds. Needs the release build with its tests.
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { plot, slope } from './numbers.mjs';
import { examine } from './process.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';

const kEvery = 1000; // ms from one that joins to the next
const kStay = 1000; // ms that one watches
const kLookEvery = 10_000; // ms
const kWarmUp = 0.2; // of the time
const kMost = 1; // MB an hour

/// One comes and goes; whether it saw a picture.
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
    await sleep(15_000); // until those that left without a word are missed
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
    `${minutes} minutes with one viewer that stays and one that joins and leaves each second: ${came} came, ` +
      `${failed} saw no picture. Load average before: ${load.toFixed(1)}.`, '',
    `Memory of the daemon (RssAnon) after the first ${(minutes * kWarmUp).toFixed(0)} minutes: ` +
      `${perHour.toFixed(2)} MB an hour (must be under ${kMost}); ${samples[0].memoryMb.toFixed(1)} MB at first, ` +
      `${warm[0].memoryMb.toFixed(1)} then, ${samples.at(-1).memoryMb.toFixed(1)} at the end. Threads ` +
      `${samples[0].threads} at first, ${after.threads} when all but the one had left; descriptors ` +
      `${samples[0].descriptors}, ${after.descriptors}. The one that stayed lost ${seen.lost} packets; its longest gap ` +
      `between pictures was ${seen.longest_gap_ms.toFixed(0)} ms.`, '',
    '```', 'MB against minutes', plot([{ letter: '*', points }], { high: 12 }), '```',
  ].join('\n');
  return { text, good };
}

function understand(args) {
  const asked = { record: false, minutes: 30 };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--minutes') asked.minutes = Number(args[++i]);
    else return null;
  }
  return asked.minutes > 0 ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // which lets go of what was started
const asked = understand(process.argv.slice(2));
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

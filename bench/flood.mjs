// SPDX-License-Identifier: MIT
// node bench/flood.mjs [--record] [--seconds 20] [N…]
// Measures the harm that one viewer can do: it sends N feedback messages a second (10, 100 and 10,000), each about
// 65,535 packets that were never sent. Prints the daemon's CPU time and memory and another viewer's frame rate, each
// next to the same without a flood, measured just before. Needs the release build with its tests.
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { examine } from './process.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';

const kRates = [10, 100, 10_000];
const kSettle = 2000; // ms

/// Measures the daemon's CPU and memory and the frame rate of the other viewer.
async function measure(server, receivers, neighbour, milliseconds) {
  await sleep(kSettle);
  const look = async () => ({
    at: performance.now(), ...examine(server.pid),
    pictures: (await receivers.look()).receivers.find(({ id }) => id === neighbour).pictures,
  });
  const before = await look();
  await sleep(milliseconds);
  const after = await look();
  const seconds = (after.at - before.at) / 1000;
  return {
    cpu: (100 * (after.cpuSeconds - before.cpuSeconds)) / seconds,
    memory: after.memoryMb,
    pictures: (after.pictures - before.pictures) / seconds,
  };
}

async function run(rates, milliseconds) {
  const server = await systems[0].start();
  const [neighbours, flooders] = [Receivers.start(), Receivers.start()];
  try {
    const { id: neighbour } = await neighbours.join(server.url);
    const { id: flooder } = await flooders.join(server.url);
    const rows = [];
    for (const rate of rates) {
      const calm = await measure(server, neighbours, neighbour, milliseconds);
      flooders.say({ do: 'feedback', id: flooder, per_second: rate });
      const flooded = await measure(server, neighbours, neighbour, milliseconds);
      flooders.say({ do: 'feedback', id: flooder, per_second: 0 });
      rows.push({ rate, calm, flooded });
    }
    return rows;
  } finally {
    await Promise.all([neighbours.stop(), flooders.stop()]);
    await server.stop();
  }
}

if (!existsSync(kReceivers)) throw new Error(`${kReceivers} is not built; build the release preset first`);
const words = process.argv.slice(2);
const at = words.indexOf('--seconds');
const milliseconds = 1000 * (at < 0 ? 20 : Number(words[at + 1]));
const asked = words.filter((word, i) => /^\d+$/.test(word) && i !== at + 1).map(Number);
const [load] = loadavg();
const rows = await run(asked.length > 0 ? asked : kRates, milliseconds);
const digits = (value) => value.toFixed(1);
const text = [
  `One viewer sends feedback on packets that were never sent, another one watches; ${milliseconds / 1000} s each, ` +
    `CPU in % of one core. Load average before: ${digits(load)}.`, '',
  '| messages a second | CPU without | CPU with | memory without, MB | with | other viewer\'s frames/s | with |',
  `|${'---|'.repeat(7)}`,
  ...rows.map(({ rate, calm, flooded }) => `| ${rate} | ${digits(calm.cpu)} | ${digits(flooded.cpu)} | ` +
    `${digits(calm.memory)} | ${digits(flooded.memory)} | ${digits(calm.pictures)} | ${digits(flooded.pictures)} |`),
].join('\n');
console.log(text);
if (words.includes('--record')) record(['node bench/flood.mjs', ...words].join(' '), text);

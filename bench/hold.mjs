// SPDX-License-Identifier: MIT
import { setTimeout as sleep } from 'node:timers/promises';
import { examine } from './process.mjs';

/// Measures for a time the cost of the present viewers. CPU is in % of a core: that of the server, of its feed (see
/// bench/systems.mjs), and of the receivers, the load generator.
export async function hold(server, receivers, milliseconds) {
  const look = async () => ({
    at: performance.now(), server: examine(server.pid), feed: server.feedPid ? examine(server.feedPid) : null,
    seen: await receivers.look(),
  });
  const before = await look();
  await sleep(milliseconds);
  const after = await look();
  const seconds = (after.at - before.at) / 1000;
  const n = after.seen.receivers.length;
  const share = (cpu) => (100 * (cpu(after) - cpu(before))) / seconds;
  const rates = (name) => after.seen.receivers.map((one, i) => (one[name] - before.seen.receivers[i][name]) / seconds);
  const mean = (name) => rates(name).reduce((a, b) => a + b) / n;
  return {
    n,
    cpu: share(({ server: { cpuSeconds } }) => cpuSeconds),
    feed: server.feedPid ? share(({ feed: { cpuSeconds } }) => cpuSeconds) : 0,
    generator: share(({ seen }) => seen.cpu_s),
    memory: after.server.memoryMb,
    threads: after.server.threads,
    descriptors: after.server.descriptors,
    packets: mean('packets'),
    kbit: (8 * mean('bytes')) / 1000,
    pictures: mean('pictures'),
    fewest: Math.min(...rates('pictures')),
    lost: after.seen.receivers.reduce((sum, { lost }, i) => sum + lost - before.seen.receivers[i].lost, 0),
  };
}

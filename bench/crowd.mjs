// SPDX-License-Identifier: MIT
// usage: node bench/crowd.mjs URL N
// Runs N viewers that decode nothing, for a bench on another simulated machine. Prints "here" when each has received a
// complete frame, and their counters as a line of JSON for each input line. Exits at the end of its input.
import { createInterface } from 'node:readline';
import { Receivers } from '../tests/e2e/receivers.mjs';

const [url, count] = process.argv.slice(2);
const receivers = Receivers.start();
for (let i = 0; i < Number(count); ++i) await receivers.join(url);
console.log('here');
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ line, ...await receivers.look() }));
await receivers.stop();

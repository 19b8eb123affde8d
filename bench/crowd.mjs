// SPDX-License-Identifier: MIT
// usage: node bench/crowd.mjs URL N
// N viewers that decode nothing, for a bench that is on another machine than they: says "here" when each has a whole
// picture, and their counters, a line of JSON, for each line that it hears. Ends with its input.
import { createInterface } from 'node:readline';
import { Receivers } from '../tests/e2e/receivers.mjs';

const [url, count] = process.argv.slice(2);
const receivers = Receivers.start();
for (let i = 0; i < Number(count); ++i) await receivers.join(url);
console.log('here');
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify({ line, ...await receivers.look() }));
await receivers.stop();

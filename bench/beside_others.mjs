// SPDX-License-Identifier: MIT
// node bench/beside_others.mjs [--record] [--seconds 20] [NAME…]
// Compares cubestream, Janus and the pipeline of the tutorials, or the named ones, on the same changing network
// (tests/net): what Chromium shows and what each server sends. --record appends it to bench/RESULTS.md. Run as root;
// needs the release build with its tests, `npm ci` in tests/e2e (scripts/setup.sh test), and for the comparison Debian's
// package "janus".
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { browse, kSeed, kServer, withLink } from './behind_link.mjs';
import { summary } from './glass.mjs';
import { plot } from './numbers.mjs';
import { routePages } from './pages.mjs';
import { record } from './record.mjs';
import { systems } from './systems.mjs';
import { visit } from './visits.mjs';

const kPathMs = 10; // each way
const kCeiling = 4000; // kbit/s
const kQueueMs = 300; // capacity of the link's queue
const kSettle = 5000; // ms until the browser has started up
const kFollow = 5000; // ms of each phase before the measurement
const kLookEvery = 1000; // ms
const kWide = 100e6;
const kFew = 5; // fewer frames than this are too few for statistics

const phases = [
  { what: 'wide', rate: kWide },
  { what: '2 Mbit/s', rate: 2e6 },
  { what: '800 kbit/s', rate: 800e3 },
  { what: '300 kbit/s', rate: 300e3 },
  { what: 'wide', rate: kWide },
  { what: '10 % lost', rate: kWide, loss: 0.1 },
];

const ms = (value) => `${value.toFixed(0)} ms`;

/// Formats what the page saw between two samples.
function shown(before, after) {
  const count = after.pictures.length;
  if (count < kFew) return `${count === 0 ? 'no frame' : `${count} in total`} | | `;
  const seen = summary(before, after);
  return `${seen.rate.toFixed(1)} | ${seen.stalls}, ${ms(seen.longestGap)} | ${ms(seen.p50)}, ${ms(seen.p95)}`;
}

/// Runs one system through all phases: {rows, sent, carried}, the latter two [[seconds, kbit/s], …].
function runPhases(system, seconds) {
  return withLink({ delay: kPathMs }, async ({ server, viewer, link, ends }) => {
    const running = await system.start({ CS_BITRATE_KBPS: String(kCeiling), CS_FRAME_STAMP: '1' },
      { host: kServer, inside: server.inside });
    ends.push(() => running.stop());
    const context = await browse(viewer, ends);
    const { page } = await visit(context, running.page(await routePages(context)));
    await sleep(kSettle);
    const take = async () => ({ cpu: 0, ...await page.evaluate(() => window.meter.take()) });
    const began = performance.now();
    const [rows, sent, carried] = [[], [], []];
    let bytes = (await link.stats()).down.bytesOut;
    const follow = async (milliseconds, rate) => {
      let total = 0;
      for (const end = performance.now() + milliseconds; performance.now() < end;) {
        await sleep(kLookEvery);
        const now = (await link.stats()).down.bytesOut;
        const at = Math.round((performance.now() - began) / 1000);
        sent.push([at, (8 * (now - bytes)) / kLookEvery]);
        carried.push([at, Math.min(rate / 1000, 1.25 * kCeiling)]);
        total += now - bytes;
        bytes = now;
      }
      return total;
    };
    for (const { what, rate, loss = 0 } of phases) {
      await link.set({ loss, down: { rate, queue: Math.max(20_000, (rate / 8) * (kQueueMs / 1000)) } });
      await follow(kFollow, rate);
      const before = await take();
      const through = await follow(1000 * seconds, rate);
      const kbps = (8 * through) / 1000 / seconds;
      rows.push(`| ${system.name} | ${what} | ${shown(before, await take())} | ${kbps.toFixed(0)} kbit/s` +
        `${rate === kWide ? '' : `, ${((100_000 * kbps) / rate).toFixed(0)} %`} | ${loadavg()[0].toFixed(1)} |`);
      console.log(rows.at(-1));
    }
    return { rows, sent, carried };
  });
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const args = process.argv.slice(2);
const at = args.indexOf('--seconds');
const seconds = at < 0 ? 20 : Number(args.splice(at, 2)[1]);
const names = args.filter((arg) => arg !== '--record');
if (!(seconds > 0) || !names.every((name) => systems.some((system) => system.name === name))) {
  console.error(`usage: node bench/beside_others.mjs [--record] [--seconds S] [${systems.map(({ name }) => `"${name}"`).join('|')}]…`);
  process.exit(2);
}
const lines = ['| server | link | frames/s | gaps over 500 ms, longest | glass to glass p50, p95 | received | load |',
  `|${'---|'.repeat(7)}`];
console.log(lines.join('\n'));
const plots = [];
for (const system of systems.filter(({ name }) => names.length === 0 || names.includes(name))) {
  if (system.obstacle) {
    lines.push(`| ${system.name} | ${system.obstacle} | | | | | |`);
    continue;
  }
  const { rows, sent, carried } = await runPhases(system, seconds);
  lines.push(...rows);
  plots.push('', `${system.name}: link rate (-, capped at ${1.25 * kCeiling}) and received (*), kbit/s over seconds:`,
    '', '```', plot([{ letter: '-', points: carried }, { letter: '*', points: sent }], { high: 12 }), '```');
}
console.log(plots.join('\n'));
if (args.includes('--record'))
  record('node bench/beside_others.mjs', [`1280x720 at 30, at most ${kCeiling} kbit/s; path delay ${kPathMs} ms each ` +
    `way, queue capacity ${kQueueMs} ms; after each change ${kFollow / 1000} s to settle, then ${seconds} s ` +
    `measured; seed ${kSeed}.`,
  '', ...lines, ...plots].join('\n'));

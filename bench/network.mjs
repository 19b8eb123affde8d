// SPDX-License-Identifier: MIT
// node bench/network.mjs [--record] [--seconds 60] [WORD…]
// Measures in a browser behind a simulated link (tests/net) the effect of bad networks: loss jitter blackout slow; the
// default is all. loss-5, jitter-25 and so on select single rows. --record appends the results to bench/RESULTS.md. Run
// as root; needs the release build with its tests and `npm ci` in tests/e2e (scripts/setup.sh test).
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { behindLink, browse, kSeed } from './behind_link.mjs';
import { record } from './record.mjs';
import { visit, watch } from './visits.mjs';

const kPathMs = 10; // each way, unless noted
const kSettle = 3000; // ms until the browser has started up
const kPathSettle = 12_000; // ms until the server has measured the new path
const kStalled = 500; // ms without a frame count as a stall
const kTimeLimit = 60_000; // ms, longest wait for a frame after a blackout
const kSlow = { stream: 2.5e6, link: 1.5e6, queue: 250_000 }; // bit/s, and bytes

/// Runs `use(page, link, daemon)` with a daemon and a page behind a link.
function withLink(use) {
  return behindLink({ delay: kPathMs }, async ({ viewer, link, daemon, ends }) => {
    const { page } = await visit(await browse(viewer, ends), daemon.url);
    await sleep(kSettle);
    return use(page, link, daemon);
  });
}

/// Measures what the page sees for a time, its reconnects and its status text.
async function measurePage(page, daemon, milliseconds) {
  const before = await page.evaluate(() => window.cubestream.reconnects);
  const seen = await watch(page, daemon, milliseconds);
  const after = await page.evaluate(() => ({ reconnects: window.cubestream.reconnects, state: window.cubestream.state,
    words: document.getElementById('status').textContent,
    shown: document.getElementById('status').classList.contains('shown') }));
  return { ...seen, ...after, reconnects: after.reconnects - before };
}

const ms = (value) => `${value.toFixed(0)} ms`;

function loss(percent, most) {
  return (seconds) => withLink(async (page, link, daemon) => {
    await link.set({ loss: percent / 100 });
    const seen = await measurePage(page, daemon, 1000 * seconds);
    const perMinute = (60 * seen.stalls) / seconds;
    return {
      what: `${percent} % packet loss in both directions`,
      must: `plays; ${most === 0 ? 'no gap' : `under ${most} gaps`} of more than ${kStalled} ms a minute`,
      measured: `${perMinute.toFixed(1)} such gaps a minute, longest ${ms(seen.longestGap)}, Chromium counts ` +
        `${((60 * seen.freezes) / seconds).toFixed(1)} freezes a minute; ${seen.rate.toFixed(1)} frames/s, ` +
        `glass to glass ${ms(seen.p50)}, p95 ${ms(seen.p95)}; ${seen.reconnects} reconnects`,
      good: seen.state === 'playing' && (most === 0 ? seen.stalls === 0 : perMinute < most),
    };
  });
}

function jitter(delay, by, most) {
  return (seconds) => withLink(async (page, link, daemon) => {
    await link.set({ delay, down: { jitter: by, reorder: 0.05 } });
    await sleep(kPathSettle);
    const seen = await measurePage(page, daemon, 1000 * seconds);
    return {
      what: `${delay} ± ${by} ms each way, 5 % of the video packets out of order`,
      must: `glass to glass, p50, at most ${delay + most} ms`,
      measured: `${ms(seen.p50)}, p95 ${ms(seen.p95)}; ${seen.rate.toFixed(1)} frames/s, ` +
        `${seen.freezes} freezes in ${seconds} s, longest gap ${ms(seen.longestGap)}`,
      good: seen.p50 <= delay + most,
    };
  });
}

function blackout(length, within) {
  return () => withLink(async (page, link) => {
    await link.blackout(1000 * length);
    const began = await page.evaluate(() => performance.now());
    const back = await page.evaluate(([end, limit]) => new Promise((resolve) => {
      const check = () => {
        const { lastFrameAt } = window.cubestream;
        if (lastFrameAt > end) resolve(lastFrameAt - end);
        else if (performance.now() > end + limit) resolve(Infinity);
        else setTimeout(check, 5);
      };
      check();
    }), [began + 1000 * length, kTimeLimit]);
    const { reconnects, state } = await page.evaluate(() => window.cubestream);
    return {
      what: `blackout of ${length} s`,
      must: `a frame within ${ms(within)} after the end`,
      measured: `after ${ms(back)}; ${state}, ${reconnects} reconnects`,
      good: back <= within,
    };
  });
}

function slow() {
  return (seconds) => withLink(async (page, link, daemon) => {
    await link.set({ down: { queue: kSlow.queue, rate: kSlow.link } });
    const seen = await measurePage(page, daemon, 1000 * seconds);
    return {
      what: `a stream of ${kSlow.stream / 1e6} Mbit/s, a link of ${kSlow.link / 1e6} with a queue of ` +
        `${((8000 * kSlow.queue) / kSlow.link).toFixed(0)} ms`,
      must: 'glass to glass, p95, under 300 ms',
      measured: `p50 ${ms(seen.p50)}, p95 ${ms(seen.p95)}, p99 ${ms(seen.p99)}; ${seen.rate.toFixed(1)} frames/s, ` +
        `longest gap ${ms(seen.longestGap)}; the page shows ` +
        `${seen.shown ? `"${seen.words}"` : 'nothing'}; ${seen.reconnects} reconnects`,
      good: seen.p95 < 300,
    };
  });
}

const rows = {
  'loss-1': loss(1, 0), 'loss-5': loss(5, 0), 'loss-10': loss(10, 2), 'loss-20': loss(20, 6),
  'jitter-25': jitter(25, 10, 25), 'jitter-100': jitter(100, 30, 60),
  'blackout-1': blackout(1, 1000), 'blackout-5': blackout(5, 1000), 'blackout-15': blackout(15, 2000),
  'blackout-60': blackout(60, 2000),
  slow: slow(),
};

function parseArguments(args) {
  const asked = { record: false, seconds: 60, words: [] };
  for (let i = 0; i < args.length; ++i) {
    const fitting = Object.keys(rows).filter((name) => name === args[i] || name.startsWith(`${args[i]}-`));
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--seconds') asked.seconds = Number(args[++i]);
    else if (fitting.length > 0) asked.words.push(...fitting);
    else return null;
  }
  if (asked.words.length === 0) asked.words = Object.keys(rows);
  return asked.seconds > 0 ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error(`usage: node bench/network.mjs [--record] [--seconds S] [loss|jitter|blackout|slow|${Object.keys(rows).join('|')}]…`);
  process.exit(2);
}
const lines = ['| scenario | requirement | measured | load | |', '|---|---|---|---|---|'];
console.log(lines.join('\n'));
for (const word of asked.words) {
  const { what, must, measured, good } = await rows[word](asked.seconds)
    .catch((error) => ({ what: word, must: '', measured: error.message.split('\n')[0], good: false }));
  lines.push(`| ${what} | ${must} | ${measured} | ${loadavg()[0].toFixed(1)} | ${good ? 'reached' : '**missed**'} |`);
  console.log(lines.at(-1));
  if (!good) process.exitCode = 1;
}
if (asked.record) {
  const head = `Path delay ${kPathMs} ms each way unless noted; ${asked.seconds} s per row, seed ${kSeed}; ` +
    'load average after each row.';
  const words = process.argv.slice(2).filter((word) => word !== '--record');
  record(['node bench/network.mjs', ...words].join(' '), [head, '', ...lines].join('\n'));
}

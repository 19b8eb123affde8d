// SPDX-License-Identifier: MIT
// node bench/viewers.mjs [--record] [--runs 3] [WORD…] [N…]
// Measures the cost of N viewers (1, 10, 30 and 60) on this machine, compared with other servers that send the same
// video. Figures: scale storm whep; the default is all. --record appends the results to bench/RESULTS.md. Needs the
// release build with its tests, `npm ci` in tests/e2e (scripts/setup.sh test), and for the comparison Debian's package
// "janus".
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { hold } from './hold.mjs';
import { median, percentile, plot, slope } from './numbers.mjs';
import { record } from './record.mjs';
import { kSettings, systems } from './systems.mjs';

const kCounts = [1, 10, 30, 60];
const kSettle = 1500; // ms after the last viewer has joined
const kMeasure = 8000; // ms
const kKeyframePeriod = 1000; // ms; joins are spread over it, or each would just miss the keyframe of the last
const kGoldenRatio = (Math.sqrt(5) - 1) / 2; // its multiples spread evenly
const kFewestPictures = 20; // per second; a system below this gets no more viewers
const kStorm = 50; // viewers
const kStormSpread = 1000; // ms
const kSessions = 50; // WHEP sessions
const kEnough = 29; // frames per second that every viewer must get

/// Runs `use` with a server and receivers, and stops both afterwards.
async function withSystem(system, use) {
  const server = await system.start();
  const receivers = Receivers.start();
  try {
    return await use(server, receivers);
  } finally {
    await receivers.stop();
    await server.stop();
  }
}

/// Runs one system over all counts: [{n, …, joins}, …].
async function runCounts(system, counts) {
  return withSystem(system, async (server, receivers) => {
    const rows = [];
    let here = 0;
    for (const n of counts) {
      const joins = [];
      for (; here < n; ++here) {
        await sleep(kKeyframePeriod * ((here * kGoldenRatio) % 1));
        joins.push(await server.join(receivers));
      }
      await sleep(kSettle);
      rows.push({ ...await hold(server, receivers, kMeasure), joins });
      if (rows.at(-1).pictures < kFewestPictures) break;
    }
    return rows;
  });
}

/// Returns the median over several runs of each figure, for each count that all runs reached.
function merge(runs) {
  const shortest = Math.min(...runs.map((rows) => rows.length));
  return runs[0].slice(0, shortest).map((first, i) => {
    const of = (name) => runs.map((rows) => rows[i][name]);
    const medians = Object.keys(first).filter((name) => name !== 'joins').map((name) => [name, median(of(name))]);
    return { ...Object.fromEntries(medians), joins: of('joins').flat() };
  });
}

async function scale({ runs, counts }) {
  const said = [];
  const usable = systems.filter(({ name, obstacle }) => {
    if (obstacle) said.push(`Without ${name}: ${obstacle}.`);
    return !obstacle;
  });
  const [load] = loadavg();
  const all = new Map(usable.map((system) => [system, []]));
  for (let run = 1; run <= runs; ++run)
    for (const system of usable) {
      console.error(`run ${run} of ${runs}: ${system.name}`);
      const own = system.counts?.filter((n) => n <= Math.max(...counts));
      all.get(system).push(await runCounts(system, own ?? counts));
    }
  const measured = usable.map((system) => ({ ...system, rows: merge(all.get(system)) }));

  const { CS_WIDTH: width, CS_HEIGHT: height, CS_FPS: fps } = kSettings;
  said.push(`Cost of N viewers, ${width}x${height} at ${fps}; medians of ${runs} runs of ` +
    `${kMeasure / 1000} s; CPU in % of one core. Load average before: ${load.toFixed(1)}.`, '');
  said.push('| server | N | CPU | memory, MB | threads | descriptors | packets/s each | kbit/s each | frames/s each ' +
    '(min) | lost | join time, p50 / p99, ms | CPU of the load generator |', `|${'---|'.repeat(12)}`);
  for (const { name, rows } of measured)
    for (const row of rows) {
      const join = [0.5, 0.99].map((share) => percentile(row.joins, share).toFixed(0)).join(' / ');
      said.push(`| ${name} | ${row.n} | ${row.cpu.toFixed(1)} | ${row.memory.toFixed(1)} | ${row.threads} | ` +
        `${row.descriptors} | ${row.packets.toFixed(0)} | ${row.kbit.toFixed(0)} | ${row.pictures.toFixed(2)} ` +
        `(${row.fewest.toFixed(2)}) | ${row.lost} | ${join} | ${row.generator.toFixed(0)} |`);
    }
  said.push('', `Cost of one more viewer (least squares over all N with at least ${kEnough} frames per second):`, '',
    '| server | CPU per viewer | memory, MB | threads | descriptors |', `|${'---|'.repeat(5)}`);
  const slopes = new Map();
  for (const { name, rows } of measured) {
    const kept = rows.filter(({ pictures }) => pictures >= kEnough); // beyond it, each viewer gets less
    const each = (what) => slope(kept.map((row) => [row.n, row[what]]));
    slopes.set(name, each('cpu'));
    const cells = [['cpu', 2], ['memory', 2], ['threads', 1], ['descriptors', 1]];
    said.push(`| ${[name, ...cells.map(([what, digits]) => each(what)?.toFixed(digits) ?? 'one N only')].join(' | ')} |`);
  }
  said.push('', '```', 'CPU, % of a core over N: ' + measured.map(({ name, letter }) => `${letter} ${name}`).join(', '),
    plot(measured.map(({ letter, rows }) => ({ letter, points: rows.map(({ n, cpu }) => [n, cpu]) }))), '```', '');

  const janus = measured.find(({ name }) => name === 'Janus');
  if (janus && slopes.get('cubestream') && slopes.get('Janus')) {
    const ratio = slopes.get('cubestream') / slopes.get('Janus');
    said.push(`One more viewer costs cubestream ${ratio.toFixed(2)} times as much CPU as Janus. Janus does not ` +
      `encode: its feed (${median(janus.rows.map(({ feed }) => feed)).toFixed(0)} %) is not in its figures, but ` +
      'cubestream\'s figures include rendering and encoding. A join ends with the first complete keyframe: viewers ' +
      'of Janus wait for the next keyframe of the feed, one per second.');
  }
  const last = measured[0].rows.at(-1);
  const good = last.fewest >= kEnough;
  said.push('', `Each of ${last.n} viewers gets at least ${kEnough} frames per second while the load generator runs: ` +
    `${good ? 'yes' : '**no**'}, the minimum is ${last.fewest.toFixed(2)}.`);
  return { text: said.join('\n'), good };
}

/// Many viewers join at once while one watches.
async function storm({ runs }) {
  const said = [`${kStorm} viewers join within ${kStormSpread / 1000} s while one watches; medians of ${runs} runs.`, '',
    '| server | first offer until all play, s | slowest join, ms | longest gap of the first, ms | its lost packets |',
    `|${'---|'.repeat(5)}`];
  for (const system of systems.filter(({ obstacle, counts }) => !obstacle && !counts)) {
    const all = [];
    for (let run = 1; run <= runs; ++run) {
      console.error(`storm, run ${run} of ${runs}: ${system.name}`);
      all.push(await withSystem(system, async (server, receivers) => {
        await server.join(receivers);
        await sleep(kSettle);
        const before = (await receivers.look()).receivers[0];
        const began = performance.now();
        const joins = await Promise.all(Array.from({ length: kStorm }, async (_, i) => {
          await sleep((i * kStormSpread) / kStorm);
          return server.join(receivers);
        }));
        const seconds = (performance.now() - began) / 1000;
        const { longest_gap_ms: gap, lost } = (await receivers.look()).receivers[0];
        return { seconds, slowest: Math.max(...joins), gap, lost: lost - before.lost };
      }));
    }
    const of = (name, digits) => median(all.map((one) => one[name])).toFixed(digits);
    said.push(`| ${system.name} | ${of('seconds', 2)} | ${of('slowest', 0)} | ${of('gap', 0)} | ${of('lost', 0)} |`);
  }
  return { text: said.join('\n'), good: true };
}

/// WHEP sessions (RFC 9725), one after the other, while one viewer watches.
async function whep() {
  return withSystem(systems[0], async (server, receivers) => {
    await server.join(receivers);
    const [answers, pictures] = [[], []];
    for (let i = 0; i < kSessions; ++i) {
      const { id, sdp, pictured } = await receivers.make();
      const began = performance.now();
      const reply = await fetch(new URL('whep', server.url),
        { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: sdp });
      if (reply.status === 404 || reply.status === 405)
        return { text: 'WHEP: no /whep in this build.', good: true };
      const answer = await reply.text();
      if (reply.status !== 201) throw new Error(`POST /whep: HTTP ${reply.status}: ${answer}`);
      answers.push(performance.now() - began);
      receivers.say({ do: 'accept', id, sdp: answer });
      await pictured;
      pictures.push(performance.now() - began);
      const location = new URL(reply.headers.get('Location'), new URL('whep', server.url));
      const end = await fetch(location, { method: 'DELETE' });
      if (!end.ok) throw new Error(`DELETE ${location}: HTTP ${end.status}`);
      receivers.leave(id);
    }
    return {
      text: `WHEP: ${kSessions} sessions, one after the other; POST to 201: median ${median(answers).toFixed(1)} ms, ` +
        `longest ${Math.max(...answers).toFixed(1)} ms; POST to the first keyframe: ` +
        `median ${median(pictures).toFixed(0)} ms.`,
      good: true,
    };
  });
}

const figures = { scale, storm, whep };

function parseArguments(args) {
  const asked = { record: false, runs: 3, counts: [], words: [] };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--record') asked.record = true;
    else if (args[i] === '--runs') asked.runs = Number(args[++i]);
    else if (/^\d+$/.test(args[i])) asked.counts.push(Number(args[i]));
    else if (figures[args[i]]) asked.words.push(args[i]);
    else return null;
  }
  return Number.isInteger(asked.runs) && asked.runs > 0 ? asked : null;
}

process.once('SIGINT', () => process.exit(130)); // runs the exit handlers, which end the child processes
const asked = parseArguments(process.argv.slice(2));
if (!asked) {
  console.error(`usage: node bench/viewers.mjs [--record] [--runs R] [${Object.keys(figures).join('|')}]… [N…]`);
  process.exit(2);
}
if (!existsSync(kReceivers)) {
  console.error(`${kReceivers} is not built; cmake --preset release && cmake --build build/release builds it`);
  process.exit(1);
}
const counts = asked.counts.length > 0 ? asked.counts.sort((a, b) => a - b) : kCounts;
const wanted = asked.words.length > 0 ? asked.words : asked.counts.length > 0 ? ['scale'] : Object.keys(figures);
const texts = [];
for (const word of wanted) {
  const { text, good } = await figures[word]({ runs: asked.runs, counts });
  console.log(text);
  texts.push(text);
  if (!good) process.exitCode = 1;
}
if (asked.record) {
  const words = process.argv.slice(2).filter((word) => word !== '--record');
  record(['node bench/viewers.mjs', ...words].join(' '), texts.join('\n\n'));
}

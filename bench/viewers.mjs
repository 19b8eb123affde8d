// SPDX-License-Identifier: MIT
// node bench/viewers.mjs [--record] [--runs 3] [WORD…] [N…]
// Measures what N viewers cost (1, 10, 30 and 60) on this machine, beside other servers that show the same: scale
// storm whep, or those of them that are named. --record appends it to bench/RESULTS.md. Needs the release build with its
// tests, `npm ci` in tests/e2e (scripts/setup.sh test), and for the comparison Debian's package "janus".
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { kReceivers, Receivers } from '../tests/e2e/receivers.mjs';
import { median, percentile, plot, slope } from './numbers.mjs';
import { examine } from './process.mjs';
import { record } from './record.mjs';
import { kSettings, systems } from './systems.mjs';

const kCounts = [1, 10, 30, 60];
const kSettle = 1500; // ms after the last one joined
const kMeasure = 8000; // ms
const kKeyframePeriod = 1000; // ms; viewers come at every phase of it, or each would just miss its forerunner's keyframe
const kGoldenRatio = (Math.sqrt(5) - 1) / 2; // whose multiples spread evenly
const kFewestPictures = 20; // a second; a system that shows less gets no more viewers
const kStorm = 50; // viewers
const kStormSpread = 1000; // ms
const kSessions = 50; // of WHEP
const kEnough = 29; // pictures a second that every viewer must get

/// A server and receivers, which end however `use` ends.
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

/// What holding the present viewers costs: a row.
async function hold(server, receivers) {
  await sleep(kSettle);
  const look = async () => ({
    at: performance.now(), server: examine(server.pid), feed: server.feedPid ? examine(server.feedPid) : null,
    seen: await receivers.look(),
  });
  const before = await look();
  await sleep(kMeasure);
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

/// One run of one system over all counts: [{n, …, joins}, …].
async function climb(system, counts) {
  return withSystem(system, async (server, receivers) => {
    const rows = [];
    let here = 0;
    for (const n of counts) {
      const joins = [];
      for (; here < n; ++here) {
        await sleep(kKeyframePeriod * ((here * kGoldenRatio) % 1));
        joins.push(await server.join(receivers));
      }
      rows.push({ ...await hold(server, receivers), joins });
      if (rows.at(-1).pictures < kFewestPictures) break;
    }
    return rows;
  });
}

/// Of several runs, the median of each figure at each count that all of them reached.
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
      all.get(system).push(await climb(system, own ?? counts));
    }
  const measured = usable.map((system) => ({ ...system, rows: merge(all.get(system)) }));

  const { CS_WIDTH: width, CS_HEIGHT: height, CS_FPS: fps } = kSettings;
  said.push(`What holding N viewers costs, ${width}x${height} at ${fps}; medians of ${runs} runs of ` +
    `${kMeasure / 1000} s; CPU in % of one core. Load average before: ${load.toFixed(1)}.`, '');
  said.push('| server | N | CPU | memory, MB | threads | descriptors | packets/s each | kbit/s each | pictures/s each ' +
    '(fewest) | lost | joined in, p50 / p99, ms | the generator\'s CPU |', `|${'---|'.repeat(12)}`);
  for (const { name, rows } of measured)
    for (const row of rows) {
      const join = [0.5, 0.99].map((share) => percentile(row.joins, share).toFixed(0)).join(' / ');
      said.push(`| ${name} | ${row.n} | ${row.cpu.toFixed(1)} | ${row.memory.toFixed(1)} | ${row.threads} | ` +
        `${row.descriptors} | ${row.packets.toFixed(0)} | ${row.kbit.toFixed(0)} | ${row.pictures.toFixed(2)} ` +
        `(${row.fewest.toFixed(2)}) | ${row.lost} | ${join} | ${row.generator.toFixed(0)} |`);
    }
  said.push('', `What one viewer more costs (least squares over those N at which at least ${kEnough} pictures a second ` +
    'come):', '', '| server | CPU per viewer | memory, MB | threads | descriptors |', `|${'---|'.repeat(5)}`);
  const slopes = new Map();
  for (const { name, rows } of measured) {
    const kept = rows.filter(({ pictures }) => pictures >= kEnough); // beyond, more viewers cost no more: they get less
    const each = (what) => slope(kept.map((row) => [row.n, row[what]]));
    slopes.set(name, each('cpu'));
    const cells = [['cpu', 2], ['memory', 2], ['threads', 1], ['descriptors', 1]];
    said.push(`| ${[name, ...cells.map(([what, digits]) => each(what)?.toFixed(digits) ?? 'one N only')].join(' | ')} |`);
  }
  said.push('', '```', 'CPU in % of one core against N: ' + measured.map(({ name, letter }) => `${letter} ${name}`).join(', '),
    plot(measured.map(({ letter, rows }) => ({ letter, points: rows.map(({ n, cpu }) => [n, cpu]) }))), '```', '');

  const janus = measured.find(({ name }) => name === 'Janus');
  if (janus && slopes.get('cubestream') && slopes.get('Janus')) {
    const ratio = slopes.get('cubestream') / slopes.get('Janus');
    said.push(`A viewer more costs cubestream ${ratio.toFixed(2)} times the CPU that it costs Janus. Janus encodes ` +
      `nothing: what feeds it (${median(janus.rows.map(({ feed }) => feed)).toFixed(0)} %) is not in its figures, but ` +
      'rendering and encoding are in cubestream\'s. Joined is who has a whole keyframe: Janus\' viewers wait for the ' +
      'next that the feed makes, one a second.');
  }
  const last = measured[0].rows.at(-1);
  const good = last.fewest >= kEnough;
  said.push('', `Each of ${last.n} viewers gets at least ${kEnough} pictures a second beside the load generator: ` +
    `${good ? 'yes' : '**no**'}, the one with the fewest gets ${last.fewest.toFixed(2)}.`);
  return { text: said.join('\n'), good };
}

/// Somebody watches, and many come at once.
async function storm({ runs }) {
  const said = [`${kStorm} viewers join within ${kStormSpread / 1000} s while one watches; medians of ${runs} runs.`, '',
    '| server | first offer until all play, s | slowest join, ms | longest gap of the one, ms | packets that it lost |',
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

/// Sessions begun by one HTTP request (RFC 9725), one after the other, while one viewer watches.
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
      if (reply.status !== 201) throw new Error(`/whep says ${reply.status}: ${answer}`);
      answers.push(performance.now() - began);
      receivers.say({ do: 'accept', id, sdp: answer });
      await pictured;
      pictures.push(performance.now() - began);
      const location = new URL(reply.headers.get('Location'), new URL('whep', server.url));
      const end = await fetch(location, { method: 'DELETE' });
      if (!end.ok) throw new Error(`DELETE ${location} says ${end.status}`);
      receivers.leave(id);
    }
    return {
      text: `WHEP: of ${kSessions} sessions, one after the other, POST to 201 took ${median(answers).toFixed(1)} ms at ` +
        `the median and ${Math.max(...answers).toFixed(1)} ms at the longest; POST to the first keyframe ` +
        `${median(pictures).toFixed(0)} ms.`,
      good: true,
    };
  });
}

const figures = { scale, storm, whep };

function understand(args) {
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

process.once('SIGINT', () => process.exit(130)); // which lets go of what was started
const asked = understand(process.argv.slice(2));
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

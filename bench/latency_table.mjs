// SPDX-License-Identifier: MIT
// The table of one format for bench/latency.mjs, and the limits that cubestream must keep.
import { median, percentile, spread } from './numbers.mjs';

const kOurs = 'cubestream';
const kTextbook = 'an encoder each';

const socket = ({ socket: ms }) => ms;
const navigation = ({ navigation: ms }) => ms;

/// `of`: figure of a run. `ratio`: figure to compare, cubestream's divided by the textbook's of the same run. `pool`:
/// the joins of a run; `share` is the quantile over all runs. `mark`: upper limit for cubestream, for all formats or
/// per format.
const kRows = [
  { what: 'glass to glass, p50, ms', of: ({ p50 }) => p50, mark: { '720p30': 12, '720p60': 15 } },
  { what: 'glass to glass, p95, ms', of: ({ p95 }) => p95, mark: { '720p30': 25, '720p60': 24 } },
  { what: 'glass to glass, p99, ms', of: ({ p99 }) => p99 },
  { what: 'p50 relative to "an encoder each"', ratio: ({ p50 }) => p50, digits: 2, mark: 0.4 },
  { what: 'start of rendering to last packet received, p50, ms', of: ({ received }) => received },
  { what: 'received to decoded, p50, ms', of: ({ decoded }) => decoded },
  { what: 'decoded to presented, p50, ms', of: ({ shown }) => shown },
  { what: 'frames presented per second', of: ({ rate }) => rate, digits: 2 },
  { what: 'freezes', of: ({ freezes }) => freezes, digits: 0 },
  { what: 'gaps of more than 150 ms', of: ({ gaps }) => gaps, digits: 0 },
  { what: 'longest gap, ms', of: ({ longestGap }) => longestGap, digits: 0 },
  { what: 'CPU without the browser, % of a core', of: ({ cpu }) => cpu },
  { what: 'CPU relative to "an encoder each"', ratio: ({ cpu }) => cpu, digits: 2, mark: { '720p30': 0.6 } },
  { what: 'kbit/s received', of: ({ kbit }) => kbit, digits: 0 },
  { what: 'navigation to first frame, cold, ms', of: ({ cold }) => cold.navigation, digits: 0 },
  { what: 'navigation to first frame, warm, p50, ms', pool: ({ joins }) => joins.map(navigation), share: 0.5 },
  { what: 'navigation to first frame, warm, p95, ms', pool: ({ joins }) => joins.map(navigation), share: 0.95 },
  { what: 'WebSocket to first frame, cold, ms', of: ({ cold }) => cold.socket, digits: 0 },
  { what: 'WebSocket to first frame, warm, p50, ms', pool: ({ joins }) => joins.map(socket), share: 0.5, mark: 100 },
  { what: 'WebSocket to first frame, warm, p95, ms', pool: ({ joins }) => joins.map(socket), share: 0.95, mark: 250 },
  { what: '… without another viewer, p95, ms', pool: ({ joins }) => alone(joins).map(socket), share: 0.95 },
  { what: '… with another viewer, p95, ms', pool: ({ joins }) => beside(joins).map(socket), share: 0.95 },
  { what: 'visits without a frame', of: ({ failed }) => failed, digits: 0 },
  {
    what: 'read back and convert, p50, ms',
    of: ({ stages }) => stages && stages.read_back.p50Ms + stages.convert.p50Ms,
    digits: 2,
    mark: { '720p30': 0.9, '720p60': 0.9 },
  },
  { what: 'encode, p50, ms', of: ({ stages }) => stages?.encode.p50Ms, mark: { '720p60': 3.4 } },
  { what: 'encode, p95, ms', of: ({ stages }) => stages?.encode.p95Ms, mark: { '720p60': 5.5 } },
];

const alone = (joins) => joins.filter(({ watched }) => !watched);
const beside = (joins) => joins.filter(({ watched }) => watched);

/// The figures of a row for one system: one per run, or one in all.
function figures(row, runs, textbook) {
  if (row.pool) return [percentile(runs.flatMap(row.pool), row.share)];
  if (row.of) return runs.map(row.of);
  return textbook ? runs.map((run, i) => row.ratio(run) / row.ratio(textbook[i])) : [];
}

/// `results`: {name of the system: its runs}. Returns {text, good}.
export function table(format, results) {
  const names = Object.keys(results);
  const lines = [`| ${['', ...names, 'mark'].join(' | ')} |`, `|${'---|'.repeat(names.length + 2)}`];
  let good = true;
  for (const row of kRows) {
    const digits = row.digits ?? (row.pool ? 0 : 1);
    const cells = names.map((name) => {
      if (row.ratio && name !== kOurs) return '';
      const values = figures(row, results[name], results[kTextbook]).filter((value) => Number.isFinite(value));
      return values.length === 0 ? '' : spread(values, digits);
    });
    const limit = typeof row.mark === 'object' ? row.mark[format] : row.mark;
    const ours = limit === undefined ? [] : figures(row, results[kOurs], results[kTextbook]);
    const reached = ours.length > 0 && median(ours) <= limit;
    if (ours.length > 0 && !reached) good = false;
    const verdict = ours.length > 0 ? `≤ ${limit}: ${reached ? 'reached' : '**missed**'}` : '';
    lines.push(`| ${[row.what, ...cells, verdict].join(' | ')} |`);
  }
  return { text: [...lines, '', stageLine(results[kOurs])].join('\n'), good };
}

/// The times of the pipeline's stages within cubestreamd.
function stageLine(runs) {
  const times = Object.keys(runs[0].stages).map((name) => {
    const of = (quantile) => median(runs.map(({ stages }) => stages[name][quantile])).toFixed(2);
    return `${name.replace('_', ' ')} ${of('p50Ms')} / ${of('p95Ms')}`;
  });
  const ways = [...new Set(runs.map(({ readback }) => readback))].join(', ');
  return `cubestream's stages, p50 / p95 in ms: ${times.join(', ')}; read back: ${ways}.`;
}

// SPDX-License-Identifier: MIT
// Formats the measurements as text. Pure.
import { kInputStages } from './input_latency.js';
import { rateWords } from './words.js';

export const kNothing = '–';
const kSources = { stamp: 'by stamp', rtp: 'by RTP clock' };
// In pipeline order.
const kStages = ['wait', 'update', 'draw', 'read_back', 'convert', 'scale', 'encode', 'packetise', 'send', 'total'];

export function milliseconds(value, digits) {
  return number(value, digits);
}

/// The source of the glass-to-glass latency, with its uncertainty.
export function sourceWords({ glassToGlass, clock }) {
  if (!clock) return 'no server clock';
  const source = kSources[glassToGlass.source] ?? 'no times from this browser';
  return `${source} ± ${number(clock.uncertaintyMs, clock.uncertaintyMs < 10 ? 1 : 0)} ms`;
}

/// The rows of the reception table, as [name, value].
export function figures({ reception, latestPicture, reconnects, network }) {
  const got = reception ?? {};
  const size = got.width ? `${got.width}×${got.height}` : kNothing;
  const rows = [
    ['picture', `${size} ${got.codec?.split('/').pop() ?? ''}`],
    ['rate', withUnit(got.fps, 1, 'fps')],
    ['bit rate', withUnit(got.bitrateKbps, 0, 'kbit/s')],
    ['round trip', withUnit(got.roundTripMs, 1, 'ms')],
    ['loss', withUnit(got.lossPercent, 1, '%')],
    ['jitter buffer', withUnit(got.jitterBufferMs, 1, 'ms')],
    ['decoding', withUnit(got.decodeMs, 1, 'ms')],
    ['freezes', freezes(got)],
  ];
  if (network) rows.push(['network', networkReading(network)]);
  if (reconnects > 0)
    rows.push(['reconnects', String(reconnects)], ['latest in', withUnit(latestPicture?.presented, 0, 'ms')]);
  return rows;
}

/// [name, p50, p95] of each stage of the server's pipeline, in milliseconds.
export function stageRows(server) {
  const stages = server?.stages ?? {};
  const known = kStages.filter((name) => name in stages);
  const others = Object.keys(stages).filter((name) => !kStages.includes(name));
  return [...known, ...others].map((name) =>
    [name.replaceAll('_', ' '), number(stages[name].p50Ms, 2), number(stages[name].p95Ms, 2)]);
}

/// [name, p50, p95] of each stage from input to photon, in milliseconds since the event; none without input.
export function inputRows(input) {
  if (!input) return [];
  return kInputStages.map((name) => {
    const { p50Ms, p95Ms } = input.stages[name];
    return [name, number(p50Ms, 1), number(p95Ms, 1)];
  });
}

function networkReading({ slow, kbps }) {
  const carries = kbps === null ? 'slow' : `carries ${rateWords(kbps)}`;
  return slow ? `${carries}, too slow` : carries;
}

function freezes({ freezes, freezesMs }) {
  if (!Number.isFinite(freezes)) return kNothing;
  return freezes === 0 ? 'none' : `${freezes}, ${number(freezesMs, 0)} ms`;
}

function withUnit(value, digits, unit) {
  return Number.isFinite(value) ? `${number(value, digits)} ${unit}` : kNothing;
}

function number(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : kNothing;
}

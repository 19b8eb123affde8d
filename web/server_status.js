// SPDX-License-Identifier: MIT
import { difference, quantile } from './histogram.js';
import { beside } from './signalling.js';
import { tokens } from './token.js';

const kShares = { p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99 };

/// What the server says of itself (api/status), its stages' times in milliseconds: those since `before`, an earlier
/// status, or since the server's start. Null if it says nothing. Pure.
export function summarize(status, before) {
  if (!status) return null;
  const { boundsUs, ...stages } = Object(status.stages);
  const bounds = Array.isArray(boundsUs) ? boundsUs : [];
  // Another server, or the same one anew.
  const last = before?.uptimeS <= status.uptimeS ? before : null;
  return {
    version: text(status.version),
    uptimeS: status.uptimeS ?? null,
    picture: status.picture ?? null,
    renderer: text(status.renderer),
    readback: text(status.readback),
    encoders: Object(status.encoders),
    overS: status.uptimeS - (last?.uptimeS ?? 0),
    stages: Object.fromEntries(
      Object.entries(stages)
        .filter(([, stage]) => Array.isArray(stage?.buckets))
        .map(([name, stage]) => [name, times(bounds, difference(stage, last?.stages?.[name]))])),
  };
}

function times(bounds, histogram) {
  const { count, sumUs } = histogram;
  const ms = (us) => (us === null ? null : us / 1000);
  const shares = Object.entries(kShares).map(([name, p]) => [name, ms(quantile(bounds, histogram, p))]);
  return { count, meanMs: count > 0 ? ms(sumUs / count) : null, ...Object.fromEntries(shares) };
}

function text(value) {
  return value ? String(value) : null; // what a server does not know yet is empty
}

/// The status as it is, or null: an older server has none, and one that is gone has nothing to say.
export async function fetchStatus() {
  try {
    const response = await fetch(beside('api/status'), { cache: 'no-store', headers: tokens.headers });
    return response.ok ? Object(await response.json()) : null;
  } catch {
    return null;
  }
}

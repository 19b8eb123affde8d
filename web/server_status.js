// SPDX-License-Identifier: MIT
import { difference, quantile } from './histogram.js';
import { beside } from './signalling.js';
import { tokens } from './token.js';

const kShares = { p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99 };

/// Summarises api/status. The stage times are in milliseconds, since the earlier status `before` or since the start of
/// the server. Null without a status. Pure.
export function summarize(status, before) {
  if (!status) return null;
  const { boundsUs, ...stages } = Object(status.stages);
  const bounds = Array.isArray(boundsUs) ? boundsUs : [];
  // A lower uptime means that the server restarted or is a different one.
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
  return value ? String(value) : null; // the server sends an empty string for an unknown value
}

/// Fetches api/status; null if the server does not have it or cannot be reached.
export async function fetchStatus() {
  try {
    const response = await fetch(beside('api/status'), { cache: 'no-store', headers: tokens.headers });
    return response.ok ? Object(await response.json()) : null;
  } catch {
    return null;
  }
}

// SPDX-License-Identifier: MIT
// Histograms as api/status has them: {count, sumUs, buckets}, the last bucket open at its upper end. Pure.

/// What came after `before` was taken, which may be null: all of it. A server that began anew counts from zero.
export function difference(now, before) {
  if (!before || before.count > now.count || before.buckets.length !== now.buckets.length) return now;
  return {
    count: now.count - before.count,
    sumUs: now.sumUs - before.sumUs,
    buckets: now.buckets.map((count, i) => count - before.buckets[i]),
  };
}

/// The value, in the bounds' unit, that a share `p` of what was counted does not exceed, as if the counts of a bucket
/// lay evenly in it; null if there is nothing. Beyond the last bound nothing is known but that bound.
export function quantile(bounds, { buckets }, p) {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) return null;
  const rank = p * total;
  let below = 0;
  for (const [i, count] of buckets.entries()) {
    if (count > 0 && below + count >= rank) {
      if (i >= bounds.length) break;
      const lower = i === 0 ? 0 : bounds[i - 1];
      return lower + ((bounds[i] - lower) * Math.max(0, rank - below)) / count;
    }
    below += count;
  }
  return bounds.at(-1) ?? null;
}

// SPDX-License-Identifier: MIT
// Histograms of api/status: {count, sumUs, buckets}. The last bucket has no upper bound. Pure.

/// The counts added since `before`; all counts if `before` is null or the server has restarted.
export function difference(now, before) {
  if (!before || before.count > now.count || before.buckets.length !== now.buckets.length) return now;
  return {
    count: now.count - before.count,
    sumUs: now.sumUs - before.sumUs,
    buckets: now.buckets.map((count, i) => count - before.buckets[i]),
  };
}

/// The quantile `p` (0 to 1) in the unit of the bounds, interpolated linearly within a bucket. Null if the histogram is
/// empty. In the last bucket: the last bound.
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

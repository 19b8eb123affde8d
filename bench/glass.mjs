// SPDX-License-Identifier: MIT
// What a page saw while it watched: how old the pictures were when they were presented, and how evenly they came.
import { bucketQuantile, median, percentile } from './numbers.mjs';

const kGap = 150; // ms without a picture is a gap
const kStampModulo = 2 ** 32;

/// Milliseconds from a picture's stamp to `at`, of the page's clock.
function age(picture, at, clockOffset) {
  const elapsed = (((at + clockOffset - picture.stamp) % kStampModulo) + kStampModulo) % kStampModulo;
  return elapsed < kStampModulo / 2 ? elapsed : elapsed - kStampModulo;
}

/// The quantiles, in ms, of what each stage of the server took between two looks at its histograms.
function stageTimes({ stages: before }, { stages: after }) {
  const { boundsUs, ...stages } = after;
  return Object.fromEntries(Object.entries(stages).map(([name, { buckets }]) => {
    const counts = buckets.map((count, i) => count - before[name].buckets[i]);
    const of = (share) => bucketQuantile(boundsUs, counts, share) / 1000;
    return [name, { p50: of(0.5), p95: of(0.95) }];
  }));
}

/// What lies between two looks, each {cpu, status, pictures, clockOffset, statistics, now} (bench/visits.mjs).
export function summary(before, after) {
  const { pictures, clockOffset } = after;
  const stamped = pictures.filter(({ stamp }) => stamp !== null);
  if (stamped.length < 0.9 * pictures.length || stamped.length === 0)
    throw new Error(`of ${pictures.length} pictures only ${stamped.length} have a stamp`);
  const ages = stamped.map((picture) => age(picture, picture.at, clockOffset));
  const gaps = pictures.slice(1).map(({ at }, i) => at - pictures[i].at);
  const seconds = (after.now - before.now) / 1000;
  const rise = (name) => after.statistics[name] - before.statistics[name];
  return {
    p50: percentile(ages, 0.5),
    p95: percentile(ages, 0.95),
    p99: percentile(ages, 0.99),
    received: median(stamped.map((picture) => age(picture, picture.receivedAt, clockOffset))),
    decoded: median(stamped.map(({ processing }) => processing)),
    shown: median(stamped.map(({ at, receivedAt, processing }) => at - receivedAt - processing)),
    rate: (1000 * (pictures.at(-1).number - pictures[0].number)) / (pictures.at(-1).at - pictures[0].at),
    freezes: rise('freezeCount'),
    gaps: gaps.filter((gap) => gap > kGap).length,
    longestGap: Math.max(...gaps),
    cpu: (100 * (after.cpu - before.cpu)) / seconds,
    kbit: (8 * rise('bytesReceived')) / 1000 / seconds,
    ...after.status && { stages: stageTimes(before.status, after.status), readback: after.status.readback },
  };
}

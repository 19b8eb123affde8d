// SPDX-License-Identifier: MIT
// What a page saw while it watched: how old the pictures were when they were presented, and how evenly they came.
import { nearest } from '../web/latency.js';
import { summarize } from '../web/server_status.js';
import { median, percentile } from './numbers.mjs';

const kGap = 150; // ms without a picture is a gap
const kStalled = 500; // ms without one are a stall
const kStamped = 0.9; // of all pictures must have one that can be read
const kTorn = 5; // ms between a picture's stamp and its RTP timestamp
const kTicks = 90; // of RTP timestamps, in a millisecond

/// The pictures with `drawnAt`, as their stamps say, in milliseconds of the page's clock. At times the video moves on
/// between telling of a picture and showing it to the reader of the stamp; then the RTP timestamp tells, for it rises
/// as the stamps do.
function dated(pictures, clockOffset) {
  const [{ stamp, rtp, at }] = pictures;
  const first = at - nearest(at + clockOffset - stamp);
  const rows = pictures.map((picture) => ({
    ...picture, stamped: first + nearest(picture.stamp - stamp), sent: first + nearest(picture.rtp - rtp) / kTicks,
  }));
  const usual = median(rows.map(({ stamped, sent }) => stamped - sent));
  return rows.map(({ stamped, sent, ...picture }) => {
    const torn = Math.abs(stamped - sent - usual) > kTorn;
    return { ...picture, drawnAt: torn ? sent + usual : stamped };
  });
}

/// What lies between two looks, each {cpu, status, pictures, clockOffset, statistics, now} (bench/visits.mjs).
export function summary(before, after) {
  const { pictures, clockOffset } = after;
  const stamped = pictures.filter(({ stamp }) => stamp !== null);
  if (stamped.length < kStamped * pictures.length || stamped.length === 0)
    throw new Error(`of ${pictures.length} pictures only ${stamped.length} have a stamp`);
  const known = dated(stamped, clockOffset);
  const ages = known.map(({ at, drawnAt }) => at - drawnAt);
  const onTheWay = known.map(({ receivedAt, drawnAt }) => receivedAt - drawnAt);
  const gaps = pictures.slice(1).map(({ at }, i) => at - pictures[i].at);
  const seconds = (after.now - before.now) / 1000;
  const rise = (name) => after.statistics[name] - before.statistics[name];
  return {
    p50: percentile(ages, 0.5),
    p95: percentile(ages, 0.95),
    p99: percentile(ages, 0.99),
    received: median(onTheWay),
    waited: percentile(onTheWay, 0.95) - percentile(onTheWay, 0.05), // on the way, 95th percentile
    decoded: median(known.map(({ processing }) => processing)),
    shown: median(known.map(({ at, receivedAt, processing }) => at - receivedAt - processing)),
    rate: (1000 * (pictures.at(-1).number - pictures[0].number)) / (pictures.at(-1).at - pictures[0].at),
    freezes: rise('freezeCount'),
    gaps: gaps.filter((gap) => gap > kGap).length,
    stalls: gaps.filter((gap) => gap > kStalled).length,
    longestGap: Math.max(...gaps),
    cpu: (100 * (after.cpu - before.cpu)) / seconds,
    kbit: (8 * rise('bytesReceived')) / 1000 / seconds,
    ...after.status && { stages: summarize(after.status, before.status).stages, readback: after.status.readback },
  };
}

// SPDX-License-Identifier: MIT
// Statistics of the frames that a page presented: their age and the regularity of their arrival.
import { nearest } from '../web/latency.js';
import { summarize } from '../web/server_status.js';
import { median, percentile } from './numbers.mjs';

const kGap = 150; // ms without a frame count as a gap
const kStalled = 500; // ms without a frame count as a stall
const kStamped = 0.9; // share of the frames that must have a readable stamp
const kTorn = 5; // ms of difference between a frame's stamp and its RTP timestamp
const kTicks = 90; // RTP timestamp units per millisecond

/// Adds `drawnAt`, in milliseconds of the page's clock, from the stamps. Sometimes the video advances between the
/// callback for a frame and the reading of its stamp. Then the RTP timestamp is used instead, which rises as the stamps
/// do.
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

/// Statistics of the time between two samples, each {cpu, status, pictures, clockOffset, statistics, now}
/// (bench/visits.mjs).
export function summary(before, after) {
  const { pictures, clockOffset } = after;
  const stamped = pictures.filter(({ stamp }) => stamp !== null);
  if (stamped.length < kStamped * pictures.length || stamped.length === 0)
    throw new Error(`of ${pictures.length} frames only ${stamped.length} have a stamp`);
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
    waited: percentile(onTheWay, 0.95) - percentile(onTheWay, 0.05), // variation of the network delay, p95 minus p5
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

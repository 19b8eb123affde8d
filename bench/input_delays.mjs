// SPDX-License-Identifier: MIT
// From the moves and pictures that bench/pages/input_meter.js recorded to delays. Pure.
import { nearest } from '../web/latency.js';
import { median } from './numbers.mjs';

const kTolerance = 1; // of x, in 1/65535 of the width
const kTorn = 5; // ms of difference between a picture's stamp and its RTP time stamp
const kTicks = 90; // RTP time stamp units per millisecond

/// A function of a picture that returns whether its blocks are those of a later one. Sometimes the video advances
/// between the callback for a picture and the reading of its blocks; then the stamp does not match the RTP time stamp.
/// The next callback reads the later picture again.
export function isTorn(pictures) {
  const known = pictures.filter(({ stamp, rtp }) => Number.isFinite(stamp ?? NaN) && Number.isFinite(rtp ?? NaN));
  if (known.length === 0) return () => false;
  const [first] = known;
  const lead = ({ stamp, rtp }) => nearest(stamp - first.stamp) - nearest(rtp - first.rtp) / kTicks;
  const usual = median(known.map(lead));
  return (picture) => known.includes(picture) && Math.abs(lead(picture) - usual) > kTorn;
}

/// [{at, ms}, …]: the time of each shown move, and how long it took until a picture showed it or a later one.
export function delaysOf(moves, pictures) {
  const torn = isTorn(pictures);
  const delays = [];
  let next = 0; // the first move that is not shown yet
  for (const picture of pictures) {
    if (picture.x === null || torn(picture)) continue;
    const shown = moves.findLastIndex(({ x, at }) => Math.abs(x - picture.x) <= kTolerance && at <= picture.at);
    for (; next <= shown; ++next) delays.push({ at: moves[next].at, ms: picture.at - moves[next].at });
  }
  return delays;
}

/// By how many milliseconds the median of the last third of the delays is above that of the first third.
export function growthOf(delays) {
  const third = Math.ceil(delays.length / 3);
  return median(delays.slice(-third).map(({ ms }) => ms)) - median(delays.slice(0, third).map(({ ms }) => ms));
}

// SPDX-License-Identifier: MIT
// How the overlay evaluates the figures of the browser and of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisTop } from '../../web/plot.js';
import { figures, kNothing, sourceWords, stageRows } from '../../web/readings.js';
import { reception, videoReport } from '../../web/reception.js';
import { summarize } from '../../web/server_status.js';

const kVideo = {
  id: 'V1', type: 'inbound-rtp', kind: 'video', codecId: 'C', timestamp: 10_000, framesDecoded: 300,
  bytesReceived: 1_000_000, packetsReceived: 990, packetsLost: 10, totalDecodeTime: 0.6, jitterBufferDelay: 3,
  jitterBufferEmittedCount: 300, frameWidth: 1280, frameHeight: 720, freezeCount: 1, totalFreezesDuration: 0.2,
};
const reports = (...all) => new Map(all.map((report) => [report.id, report]));

test('the video report has its codec and its network path', () => {
  const report = videoReport(reports(
    { id: 'A', type: 'inbound-rtp', kind: 'audio' }, kVideo, { id: 'C', mimeType: 'video/VP8' },
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P2' },
    { id: 'P1', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 1 },
    { id: 'P2', type: 'candidate-pair', currentRoundTripTime: 0.02, localCandidateId: 'L', remoteCandidateId: 'R' },
    { id: 'L', candidateType: 'relay', protocol: 'udp' }, { id: 'R', candidateType: 'host' }));
  assert.equal(report.codec, 'video/VP8');
  assert.equal(report.roundTripTime, 0.02);
  assert.equal(report.path, 'relay to host');
  assert.equal(report.framesDecoded, 300);
});

test('without a transport report the nominated pair is used; without video there is no report', () => {
  const pair = { id: 'P', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.5 };
  assert.equal(videoReport(reports(kVideo, pair)).roundTripTime, 0.5);
  assert.equal(videoReport(reports(pair)), null);
});

test('figures cover the time between two reports', () => {
  const later = {
    ...kVideo, timestamp: 12_000, framesDecoded: 360, bytesReceived: 1_500_000, packetsReceived: 1480, packetsLost: 20,
    totalDecodeTime: 0.9, jitterBufferDelay: 3.6, jitterBufferEmittedCount: 360, roundTripTime: 0.03,
  };
  const figures = reception(later, kVideo);
  const { overS, fps, bitrateKbps, lossPercent, decodeMs, jitterBufferMs, roundTripMs, freezes } = figures;
  assert.deepEqual([overS, fps, bitrateKbps, lossPercent, Math.round(decodeMs), Math.round(jitterBufferMs), roundTripMs,
    freezes], [2, 30, 2000, 2, 5, 10, 30, 1]);
});

test('a report of another connection does not count as the previous one', () => {
  const { overS, bitrateKbps, decodeMs } = reception(kVideo, { ...kVideo, id: 'V0', framesDecoded: 1 });
  assert.deepEqual([overS, bitrateKbps, decodeMs], [null, null, 2]);
});

test('a value that the browser does not report is null and is shown as a dash', () => {
  const { fps, lossPercent, decodeMs, roundTripMs } = reception({ id: 'V', timestamp: 1 }, null);
  assert.deepEqual([fps, lossPercent, decodeMs, roundTripMs], [null, null, null, null]);
  assert.equal(reception(null, null), null);
  for (const [name, value] of figures({ reception: null, latestPicture: null, reconnects: 0 }))
    assert.equal(value.trim(), kNothing, name);
});

test('the stage times of the server are in milliseconds since the previous status', () => {
  const status = (uptimeS, ...buckets) => ({
    version: '1', uptimeS, encoders: { H264: 'x264enc' },
    stages: { boundsUs: [1000, 2000], draw: { count: buckets.reduce((a, b) => a + b), sumUs: 9000, buckets } },
  });
  const { stages, overS } = summarize(status(20, 10, 4, 0), status(10, 10, 0, 0));
  assert.equal(overS, 10);
  assert.equal(stages.draw.count, 4);
  assert.equal(stages.draw.p50Ms, 1.5);
  // A restarted server has a lower uptime.
  assert.equal(summarize(status(5, 4, 0, 0), status(10, 1, 0, 0)).stages.draw.count, 4);
});

test('a missing, incomplete or malformed server status does no harm', () => {
  assert.equal(summarize(null, null), null);
  for (const status of [{}, { stages: null }, { stages: { boundsUs: 3, draw: 5, encode: null, send: {} } }]) {
    const summary = summarize(status, status);
    assert.deepEqual(stageRows(summary), []);
    assert.equal(summary.renderer, null);
  }
  assert.deepEqual(stageRows(null), []);
  const unbounded = summarize({ stages: { draw: { count: 1, sumUs: 2000, buckets: [1] } } }, null);
  assert.deepEqual(stageRows(unbounded), [['draw', kNothing, kNothing]]);
});

test('the source is shown with its uncertainty', () => {
  const clock = { uncertaintyMs: 0.25 };
  assert.equal(sourceWords({ clock, glassToGlass: { source: 'rtp' } }), 'by RTP clock ± 0.3 ms');
  assert.equal(sourceWords({ clock: { uncertaintyMs: 21.4 }, glassToGlass: { source: 'stamp' } }), 'by stamp ± 21 ms');
  assert.equal(sourceWords({ clock: null, glassToGlass: { source: null } }), 'no server clock');
});

test('an axis ends at a round number above all values', () => {
  assert.equal(axisTop([]), 10);
  assert.equal(axisTop([8.6]), 10);
  assert.equal(axisTop([40, 12]), 50);
  assert.equal(axisTop([1e9]), 5000);
});

test('stages are listed in pipeline order, unknown ones at the end', () => {
  const stages = { encode: { p50Ms: 2, p95Ms: 3.456 }, novel: {}, read_back: { p50Ms: null }, wait: { p50Ms: 1 } };
  assert.deepEqual(stageRows({ stages }), [['wait', '1.00', kNothing], ['read back', kNothing, kNothing],
    ['encode', '2.00', '3.46'], ['novel', kNothing, kNothing]]);
});

// SPDX-License-Identifier: MIT
// Evaluates the browser's statistics of the received video. Pure.

/// The inbound video report of a connection (`reports`: a Map), or null. Adds the MIME type of the codec ("video/VP8"),
/// and the round trip, candidate types and protocol of the selected path.
export function videoReport(reports) {
  const all = [...reports.values()];
  const video = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
  if (!video) return null;
  const pair = selectedPair(reports, all);
  return {
    ...video,
    codec: reports.get(video.codecId)?.mimeType,
    roundTripTime: pair?.currentRoundTripTime,
    path: [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => reports.get(id)?.candidateType).join(' to '),
    protocol: reports.get(pair?.localCandidateId)?.protocol,
  };
}

function selectedPair(reports, all) {
  const transport = all.find(({ selectedCandidatePairId }) => selectedCandidatePairId);
  // Firefox has no transport reports.
  return reports.get(transport?.selectedCandidatePairId) ??
    all.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
}

/// The figures between two reports, or for all time if `before` is null. Unknown figures are null.
export function reception(report, before) {
  if (!report) return null;
  const last = before && before.id === report.id && before.framesDecoded <= report.framesDecoded ? before : {};
  const gained = (name) => (Number.isFinite(report[name]) ? report[name] - (last[name] ?? 0) : null);
  const overS = last.timestamp ? (report.timestamp - last.timestamp) / 1000 : null;
  const perSecond = (name) => (overS > 0 ? ratio(gained(name), overS) : null);
  const frames = gained('framesDecoded');
  const received = gained('packetsReceived');
  const lost = gained('packetsLost');
  return {
    overS,
    width: report.frameWidth ?? null,
    height: report.frameHeight ?? null,
    codec: report.codec ?? null,
    decoder: report.decoderImplementation ?? null,
    path: report.path || null,
    protocol: report.protocol ?? null,
    fps: perSecond('framesDecoded') ?? report.framesPerSecond ?? null,
    bitrateKbps: scaled(perSecond('bytesReceived'), 8 / 1000),
    roundTripMs: scaled(report.roundTripTime, 1000),
    lossPercent: lost === null ? null : ratio(100 * Math.max(0, lost), received + Math.max(0, lost)),
    packetsLost: report.packetsLost ?? null,
    jitterMs: scaled(report.jitter, 1000),
    jitterBufferMs: scaled(ratio(gained('jitterBufferDelay'), gained('jitterBufferEmittedCount')), 1000),
    decodeMs: scaled(ratio(gained('totalDecodeTime'), frames), 1000),
    freezes: report.freezeCount ?? null,
    freezesMs: scaled(report.totalFreezesDuration, 1000),
    framesDecoded: report.framesDecoded ?? null,
    framesDropped: report.framesDropped ?? null,
    keyFramesDecoded: report.keyFramesDecoded ?? null,
  };
}

function ratio(part, whole) {
  return part === null || !(whole > 0) ? null : part / whole;
}

function scaled(value, factor) {
  return Number.isFinite(value) ? value * factor : null;
}

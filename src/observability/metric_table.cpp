// SPDX-License-Identifier: MIT
#include "observability/metric_table.hpp"

#include <algorithm>
#include <string>

namespace cs {
namespace {

constexpr auto kCounter = MetricRow::Kind::counter;
constexpr auto kGauge = MetricRow::Kind::gauge;
constexpr auto kDistribution = MetricRow::Kind::distribution;

// There is no label for a single viewer: each viewer would be a new set of time series, which Prometheus keeps for
// weeks, and no alert is about one of them. The distributions say how many viewers have problems. The figures of one
// viewer are in /api/status while it is connected, and in its log line when it leaves.
constexpr MetricRow kRows[] = {
    // The pictures' way.
    {"frames_rendered_total", kCounter, "Frames drawn and handed to the encoders."},
    {"frames_dropped_total", kCounter, "Frames that were due and did not go on, by the place where and the reason why.",
     "place, reason"},
    {"gl_context_losses_total", kCounter, "Times that the graphics driver took the GL context away."},
    {"gl_context_up", kGauge, "Whether there is a GL context to draw with."},
    // TLS before the HTTP server.
    {"tls_connections", kGauge, "Connections by TLS, those that only begin included."},
    {"tls_connections_refused_total", kCounter,
     "Connections by TLS that were refused, since there were too many in all, or of their address.", "reason"},
    {"tls_connections_dropped_total", kCounter,
     "Connections by TLS that were ended, since their client took nothing of what it was sent for 10 s, or to make "
     "room when the HTTP server had said all to them.",
     "reason"},
    {"tls_handshakes_failed_total", kCounter,
     "TLS handshakes that came to nothing: the client spoke plainly, or OpenSSL did not agree with it, or it took too "
     "long, or had to make room.",
     "reason"},
    {"tls_reloads_failed_total", kCounter,
     "Times that the certificate or its key could not be read again, and the old one stayed in use."},
    {"tls_certificate_expiry_timestamp_seconds", kGauge,
     "When the certificate in use expires, in seconds since 1970; 0: there is none."},
    // Encoders.
    {"encoders_running", kGauge, "Encoders that exist, which they do while somebody watches."},
    {"encoder_target_bytes_per_second", kGauge, "The bit rate that the encoder is set to, in bytes.", "codec, size"},
    {"encoded_frames_total", kCounter, "Frames that came out of the encoder.", "codec"},
    {"encoded_bytes_total", kCounter, "Bytes that came out of the encoder.", "codec"},
    {"encoded_keyframes_total", kCounter, "Keyframes that came out of the encoder, those of its own accord included.",
     "codec"},
    {"keyframes_requested_total", kCounter,
     "Keyframes that the encoder was told to make, by what asked first: its start, a newcomer, a gap in what a viewer "
     "was sent, or a viewer's request (PLI, FIR).",
     "cause"},
    {"keyframe_requests_refused_total", kCounter, "Requests for keyframes that went beyond their viewer's budget."},
    {"encoder_errors_total", kCounter, "Errors of encoders."},
    {"encoder_restarts_total", kCounter, "Encoders that were built anew in place of one that failed."},
    {"encoder_gave_up", kGauge,
     "Whether no encoder of this codec worked when one was last wanted, in the last 30 seconds.", "codec"},
    // The fan-out.
    {"fanout_frames_total", kCounter, "Encoded frames that reached the fan-out."},
    {"fanout_frames_carried_total", kCounter, "Encoded frames that a worker has carried to its share of the viewers."},
    {"queue_length", kGauge, "What waits in a queue between threads.", "queue"},
    {"log_lines_lost_total", kCounter, "Log lines that were dropped, because the reader of the log is too slow."},
    {"main_exceptions_total", kCounter,
     "Tasks of the main thread that ended with an uncaught exception; the log has its text."},
    {"queue_refusals_total", kCounter, "What found a queue between threads full.", "queue"},
    {"viewer_gaps_total", kCounter, "Times that a viewer lost frames on this side and had to wait for a keyframe."},
    {"viewer_frames_replayed_total", kCounter, "Frames of a moment ago that newcomers were sent to begin with."},
    // Viewers.
    {"viewers", kGauge, "Viewers that are here, by codec and state.", "codec, state"},
    {"clients_joined_total", kCounter, "Signalling connections and WHEP sessions that began."},
    {"viewers_joined_total", kCounter, "Viewers whose offer was taken.", "codec"},
    {"viewers_refused_total", kCounter, "Offers that were refused, by reason.", "reason"},
    {"viewers_connected_total", kCounter, "Viewers whose connection for the picture came about."},
    {"viewers_orphaned_total", kCounter, "Viewers whose signalling broke while the picture went on."},
    {"viewers_left_total", kCounter, "Viewers that are gone, by reason.", "reason"},
    {"viewer_first_picture_seconds", kDistribution,
     "Time from a viewer's offer to the first frame that was sent to it."},
    {"viewer_round_trip_seconds", kDistribution, "Round trip times, one of each receiver report (RTCP)."},
    {"viewer_jitter_seconds", kDistribution, "Interarrival jitter, one of each receiver report (RTCP)."},
    {"viewer_loss_ratio", kDistribution,
     "Share of packets lost since the report before, one of each receiver report (RTCP)."},
    {"viewer_send_bytes_per_second", kDistribution,
     "Rates at which viewers were sent frames, one of each viewer and second."},
    {"viewer_network_bytes_per_second", kDistribution,
     "Rates that viewers' networks carry, at least, where they report each packet; one of each viewer and second."},
    {"viewer_packets_sent_total", kCounter, "RTP packets sent to viewers.", "codec"},
    {"viewer_packets_lost_total", kCounter, "RTP packets that viewers reported as lost."},
    {"viewer_bytes_sent_total", kCounter, "Bytes of RTP sent to viewers, before encryption.", "codec"},
    {"viewer_frames_sent_total", kCounter, "Frames sent, each to each viewer.", "codec"},
    {"viewer_frames_skipped_total", kCounter,
     "Frames that a viewer was not sent though it had begun to watch, since it or its worker had no room.", "codec"},
    {"viewer_frames_skipped_for_network_total", kCounter,
     "Frames among these that were left out since the viewer's network was too slow for them.", "codec"},
    {"viewers_shown", kGauge, "Viewers that watch, by codec and size of the frames that their network carries.",
     "codec, size"},
    {"viewer_moves_total", kCounter,
     "Times that a viewer was moved to smaller frames (down) or larger ones (up), for its network's sake.",
     "direction"},
    {"viewer_limited_seconds_total", kCounter,
     "Time that viewers spent without the full frames, since their network did not carry these, each viewer's."},
    {"viewers_slowed", kGauge, "Viewers whose network is too slow for the pictures at this moment."},
    {"viewer_frames_refused_total", kCounter, "Frames that a viewer's pipeline refused, which it does when it ends."},
    {"viewer_bursts_total", kCounter, "Sends of many packets by one call into the kernel."},
    {"viewer_bursts_unable_total", kCounter, "Viewers to whom the kernel could not send many packets at once."},
    {"viewer_packets_repeated_total", kCounter,
     "Packets that were sent twice when viewers asked for them again, since they lose many."},
    {"viewer_packets_not_resent_total", kCounter,
     "Packets that viewers asked for again and were not sent, since a keyframe had taken their place: their network "
     "had been too slow."},
    {"viewer_packets_dropped_total", kCounter,
     "Packets that could not be sent to a viewer: its socket was full, its network unreachable, a firewall of this "
     "machine forbade it, or there was another error.",
     "reason"},
    {"viewers_departing", kGauge, "Viewers that left and whose pipelines are not taken down yet."},
    {"viewers_departed_late_total", kCounter,
     "Viewers whose pipelines were taken down although GStreamer had not finished with them in time."},
    {"viewer_inbound_packets_dropped_total", kCounter,
     "Packets of viewers that were dropped before a library read them: RTP, more packets than a receiver sends, "
     "malformed RTCP, reports on packets that were never sent, requests for too many packets, too many SSRCs.",
     "reason"},
    {"peer_candidates_ignored_total", kCounter, "Candidates of viewers that are not tried, by reason.", "reason"},
    {"webrtcbins_alive", kGauge,
     "GStreamer's webrtcbin elements that exist; more than there are viewers, for long, are a leak."},
    // Recordings, clips and snapshots.
    {"recording", kGauge, "Whether pictures are being recorded to the disk."},
    {"recording_segments_total", kCounter, "Files of recordings that were begun."},
    {"recording_bytes_total", kCounter, "Bytes written to recordings and clips."},
    {"recording_files_deleted_total", kCounter,
     "Old files deleted, so that all together stay within CS_RECORD_MAX_MB."},
    {"recording_errors_total", kCounter, "Times that a recording's disk failed or hung; recording is tried again."},
    {"recording_frames_skipped_total", kCounter,
     "Frames that were not recorded, since the disk was too slow or a file had failed."},
    {"clip_memory_bytes", kGauge, "Memory that the last seconds take, for clips."},
    {"clip_memory_exceeded_total", kCounter,
     "Times that the last seconds took more memory than they may, and were cut short."},
    {"clips_total", kCounter, "Clips made of the last seconds."},
    {"clips_saved_total", kCounter, "Clips written to the disk."},
    {"snapshots_total", kCounter, "Snapshots made."},
    {"snapshots_refused_total", kCounter, "Requests for snapshots that found too many waiting."},
    {"snapshots_late_total", kCounter, "Snapshots that did not come in time."},
    // The HTTP server.
    {"net_api_refused_total", kCounter, "Requests to the API that were refused by the HTTP server themselves."},
    {"net_connections", kGauge, "TCP connections of HTTP and WebSocket."},
    {"net_connections_refused_total", kCounter,
     "TCP connections that were refused: with 503, since there were too many, or closed at once, since their address "
     "had too many.",
     "reason"},
    {"net_connections_dropped_total", kCounter,
     "TCP connections that gave way to others, since they had not asked for anything yet."},
    {"net_auth_failures_total", kCounter, "Requests without a token that allows them, by reason.", "reason"},
    {"net_auth_unremembered_total", kCounter,
     "Wrong tokens from addresses beyond those that are remembered, who share what one address may."},
    {"net_origins_refused_total", kCounter, "Requests of pages from elsewhere that were refused."},
    {"net_hosts_refused_total", kCounter,
     "Requests by a name that does not lead here, refused while only this machine is served."},
    {"net_requests_bad_total", kCounter, "HTTP requests that were malformed or late."},
    {"net_websockets", kGauge, "WebSocket connections."},
    {"net_messages_received_total", kCounter, "Messages of WebSocket clients."},
    {"net_messages_bad_total", kCounter, "Messages of WebSocket clients that broke the protocol."},
    {"net_messages_flood_total", kCounter,
     "Messages of WebSocket clients that came too often, which ended their connection."},
    {"net_websockets_silent_total", kCounter, "WebSocket connections closed since no offer came in time."},
    {"net_whep_sessions", kGauge, "WHEP sessions."},
    {"net_whep_refused_total", kCounter, "WHEP requests that were refused."},
};

std::string_view name_of(MetricRow::Kind kind) {
  switch (kind) {
    case MetricRow::Kind::counter:
      return "counter";
    case MetricRow::Kind::gauge:
      return "gauge";
    case MetricRow::Kind::distribution:
      return "histogram";
  }
  return "";
}

}  // namespace

std::span<const MetricRow> metric_table() {
  return kRows;
}

const MetricRow* find_metric(std::string_view name) {
  const auto* const row = std::ranges::find(kRows, name, &MetricRow::name);
  return row != std::end(kRows) ? row : nullptr;
}

std::string metrics_markdown() {
  std::string text = "| metric | kind | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& [name, kind, help, labels] : kRows) {
    text += "| `cubestream_" + std::string(name) + "` | " + std::string(name_of(kind)) + " | ";
    if (!labels.empty()) text += "`" + std::string(labels) + "` ";
    text += "| " + std::string(help) + " |\n";
  }
  return text;
}

}  // namespace cs

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
    // Frames.
    {"frames_rendered_total", kCounter, "Frames drawn and handed to the encoders."},
    {"frames_dropped_total", kCounter, "Frames that were due but not processed further, by place and reason.",
     "place, reason"},
    {"gl_context_losses_total", kCounter, "Times that the graphics driver reset the GL context."},
    {"gl_context_up", kGauge, "Whether a GL context exists."},
    {"producer_connected", kGauge, "Whether a program that draws is connected (CS_SCENE=external)."},
    {"producers_refused_total", kCounter, "Programs refused because another one is connected."},
    {"producer_frames_total", kCounter,
     "Frames taken from the program that draws, unchanged ones included. Those that were not shown are in "
     "frames_dropped_total with place source (reasons old-size, newer-frame, no-viewers, broken-frame, "
     "encoders-busy)."},
    {"producer_frames_unchanged_total", kCounter, "Frames that equal the one before, so that nothing was encoded."},
    // Input.
    {"input_events_total", kCounter, "Input events received from viewers."},
    {"input_events_refused_total", kCounter,
     "Input events refused: the viewer's role does not permit control, another viewer has control, or the scene does "
     "not want that kind.",
     "reason"},
    {"input_events_merged_total", kCounter, "Moves that became part of a waiting one, because no frame came between."},
    {"input_releases_total", kCounter,
     "Buttons, touches, keys and gamepads that the server released, because their viewer left, lost control or fell "
     "silent."},
    {"control_changes_total", kCounter, "Times that control went to another viewer, or became free."},
    // TLS.
    {"tls_connections", kGauge, "TLS connections, including those in the handshake."},
    {"tls_connections_refused_total", kCounter,
     "TLS connections refused because of the limit in total or for each client network.", "reason"},
    {"tls_connections_dropped_total", kCounter,
     "TLS connections closed because the client read no data for 10 s, or to make room after the HTTP server had "
     "finished.",
     "reason"},
    {"tls_handshakes_failed_total", kCounter,
     "Failed TLS handshakes: the client did not use TLS, OpenSSL rejected it, it timed out, or it was evicted.",
     "reason"},
    {"tls_reloads_failed_total", kCounter,
     "Failed reloads of the certificate or its key; the old certificate stays in use."},
    {"tls_certificate_expiry_timestamp_seconds", kGauge,
     "Expiry time of the certificate in use, in seconds since 1970; 0: no certificate."},
    // Encoders.
    {"encoders_running", kGauge, "Running encoders; an encoder runs only while it is needed."},
    {"encoder_target_bytes_per_second", kGauge, "Target bit rate of the encoder, in bytes per second.", "codec, size"},
    {"encoded_frames_total", kCounter, "Frames encoded.", "codec"},
    {"encoded_bytes_total", kCounter, "Bytes of encoded frames.", "codec"},
    {"encoded_keyframes_total", kCounter, "Keyframes encoded, including those that nothing requested.", "codec"},
    {"keyframes_requested_total", kCounter,
     "Keyframes requested from the encoder, by first cause: its start, a new viewer, a gap in the frames sent to a "
     "viewer, or a request of a viewer (PLI, FIR).",
     "cause"},
    {"keyframe_requests_refused_total", kCounter, "Keyframe requests of viewers that exceeded their rate limit."},
    {"encoder_errors_total", kCounter, "Encoder errors."},
    {"encoder_restarts_total", kCounter, "Encoders created to replace a failed one."},
    {"encoder_gave_up", kGauge,
     "Whether no encoder of this codec worked at the last attempt, within the last 30 seconds.", "codec"},
    // The fan-out.
    {"fanout_frames_total", kCounter, "Encoded frames that reached the fan-out."},
    {"fanout_frames_carried_total", kCounter, "Encoded frames that a worker delivered to its viewers."},
    {"queue_length", kGauge, "Length of each queue between threads.", "queue"},
    {"log_lines_lost_total", kCounter, "Log lines dropped because the reader of the log is too slow."},
    {"main_exceptions_total", kCounter,
     "Tasks of the main thread that ended with an uncaught exception; the log contains its text."},
    {"queue_refusals_total", kCounter, "Entries refused because a queue between threads was full.", "queue"},
    {"viewer_gaps_total", kCounter,
     "Times that a viewer missed frames because of the server and had to wait for a keyframe."},
    {"viewer_frames_replayed_total", kCounter, "Recent frames replayed to new viewers."},
    // Viewers.
    {"viewers", kGauge, "Viewers, by codec and state.", "codec, state"},
    {"clients_joined_total", kCounter, "Signalling connections and WHEP sessions opened."},
    {"viewers_joined_total", kCounter, "Viewers whose offer was accepted.", "codec"},
    {"viewers_refused_total", kCounter, "Offers refused, by reason.", "reason"},
    {"viewers_connected_total", kCounter, "Viewers whose media connection was established."},
    {"viewers_orphaned_total", kCounter, "Viewers whose signalling connection broke while media continued."},
    {"viewers_left_total", kCounter, "Viewers that left, by reason.", "reason"},
    {"viewer_first_picture_seconds", kDistribution, "Time from the offer of a viewer to the first frame sent to it."},
    {"viewer_round_trip_seconds", kDistribution, "Round-trip times, one from each RTCP receiver report."},
    {"viewer_jitter_seconds", kDistribution, "Interarrival jitter, one from each RTCP receiver report."},
    {"viewer_loss_ratio", kDistribution,
     "Share of packets lost since the previous report, one from each RTCP receiver report."},
    {"viewer_send_bytes_per_second", kDistribution, "Send rates of frames, one value for each viewer and second."},
    {"viewer_network_bytes_per_second", kDistribution,
     "Lower bound of the network capacity of viewers that report each packet, one value for each viewer and second."},
    {"viewer_packets_sent_total", kCounter, "RTP packets sent to viewers.", "codec"},
    {"viewer_packets_lost_total", kCounter, "RTP packets that viewers reported as lost."},
    {"viewer_bytes_sent_total", kCounter, "Bytes of RTP sent to viewers, before encryption.", "codec"},
    {"viewer_frames_sent_total", kCounter, "Frames sent, counted for each viewer.", "codec"},
    {"viewer_frames_skipped_total", kCounter,
     "Frames not sent to a connected viewer because the viewer or its worker was too slow.", "codec"},
    {"viewer_frames_skipped_for_network_total", kCounter,
     "Skipped frames whose reason was that the network of the viewer was too slow.", "codec"},
    {"viewers_shown", kGauge, "Viewers that receive video, by codec and frame size.", "codec, size"},
    {"viewer_moves_total", kCounter,
     "Times that a viewer was switched to smaller (down) or larger (up) frames to fit its network.", "direction"},
    {"viewer_limited_seconds_total", kCounter,
     "Time that viewers received less than the full frame size because of their network, summed over viewers."},
    {"viewers_slowed", kGauge, "Viewers whose network is currently too slow for the video."},
    {"viewer_frames_refused_total", kCounter,
     "Frames refused by the pipeline of a viewer, which happens when it is closing."},
    {"viewer_bursts_total", kCounter, "Sends of several packets in one system call."},
    {"viewer_bursts_unable_total", kCounter,
     "Viewers to which the kernel could not send several packets in one system call."},
    {"viewer_packets_repeated_total", kCounter,
     "Retransmitted packets sent twice because the viewer loses many packets."},
    {"viewer_packets_not_resent_total", kCounter,
     "Packets requested again but not resent because a newer keyframe replaced them; the network of the viewer was too "
     "slow."},
    {"viewer_packets_dropped_total", kCounter,
     "Packets that could not be sent to a viewer: socket full, network unreachable, blocked by a local firewall, or "
     "another error.",
     "reason"},
    {"viewers_departing", kGauge, "Viewers that left and whose pipelines are still shutting down."},
    {"viewers_departed_late_total", kCounter,
     "Viewers whose pipelines were destroyed before GStreamer had finished, because the time limit expired."},
    {"viewer_inbound_packets_dropped_total", kCounter,
     "Packets from viewers dropped before a library parsed them: RTP, packets above the rate of a receiver, malformed "
     "RTCP, reports about packets that were never sent, requests for too many packets, too many SSRCs.",
     "reason"},
    {"peer_candidates_ignored_total", kCounter, "Candidates of viewers that are ignored, by reason.", "reason"},
    {"webrtcbins_alive", kGauge,
     "Existing webrtcbin elements of GStreamer; more than the number of viewers for a long time indicates a leak."},
    // Recordings, clips and snapshots.
    {"recording", kGauge, "Whether video is being recorded to disk."},
    {"recording_segments_total", kCounter, "Recording files started."},
    {"recording_bytes_total", kCounter, "Bytes written to recordings and clips."},
    {"recording_files_deleted_total", kCounter, "Old files deleted to stay within CS_RECORD_MAX_MB."},
    {"recording_errors_total", kCounter, "Times that the recording disk failed or hung; recording is retried."},
    {"recording_frames_skipped_total", kCounter,
     "Frames not recorded because the disk was too slow or a file had failed."},
    {"clip_memory_bytes", kGauge, "Memory used by the clip buffer of the last seconds."},
    {"clip_memory_exceeded_total", kCounter, "Times that the clip buffer reached its memory limit and was shortened."},
    {"clips_total", kCounter, "Clips created from the last seconds."},
    {"clips_saved_total", kCounter, "Clips written to disk."},
    {"snapshots_total", kCounter, "Snapshots created."},
    {"snapshots_refused_total", kCounter, "Snapshot requests refused because too many were pending."},
    {"snapshots_late_total", kCounter, "Snapshots that were not ready in time."},
    // The HTTP server.
    {"net_api_refused_total", kCounter, "API requests refused by the HTTP server itself."},
    {"net_connections", kGauge, "Open TCP connections for HTTP and WebSocket."},
    {"net_connections_refused_total", kCounter,
     "TCP connections refused: with 503 at the limit in total, or closed at once at the limit of their client network.",
     "reason"},
    {"net_connections_dropped_total", kCounter,
     "TCP connections without a request or offer that were evicted to make room for others."},
    {"net_auth_failures_total", kCounter, "Requests refused because of a missing or insufficient token, by reason.",
     "reason"},
    {"net_auth_unremembered_total", kCounter,
     "Wrong tokens from addresses beyond the tracking limit, which share the rate limit of one address."},
    {"net_origins_refused_total", kCounter, "Requests refused because they came from a page of another origin."},
    {"net_hosts_refused_total", kCounter,
     "Requests refused because of their Host, while the server listens on loopback only."},
    {"net_requests_bad_total", kCounter, "HTTP requests that were malformed or timed out."},
    {"net_websockets", kGauge, "Open WebSocket connections."},
    {"net_messages_received_total", kCounter, "Messages received from WebSocket clients."},
    {"net_messages_bad_total", kCounter, "Messages of WebSocket clients that violated the protocol."},
    {"net_messages_flood_total", kCounter,
     "Messages of WebSocket clients that exceeded the rate limit, which closed the connection."},
    {"net_websockets_silent_total", kCounter, "WebSocket connections closed because no offer arrived in time."},
    {"net_whep_sessions", kGauge, "Open WHEP sessions."},
    {"net_whep_refused_total", kCounter, "WHEP requests refused."},
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

// SPDX-License-Identifier: MIT
#include "session/viewer_metrics.hpp"

#include <string>
#include <vector>

#include "cubestream/error_codes.hpp"
#include "rtp/inbound_filter.hpp"
#include "session/disconnect_reason.hpp"

namespace cs {
namespace {

// Bucket bounds of the distributions.
const std::vector<double> kTimes = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1};         // seconds
const std::vector<double> kShares = {0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};                         // of all
const std::vector<double> kRates = {0, 16e3, 31e3, 62e3, 125e3, 250e3, 500e3, 1e6, 2.5e6, 5e6, 12.5e6};  // bytes/s

std::string text_of(Codec codec) {
  return std::string(encoding_name(codec));
}

}  // namespace

ViewerMetrics::ViewerMetrics(Metrics& metrics, std::span<const Channel> channels)
    : all(metrics),
      clients_joined(metrics.get("clients_joined_total")),
      orphaned(metrics.get("viewers_orphaned_total")),
      connected(metrics.get("viewers_connected_total")),
      packets_lost(metrics.get("viewer_packets_lost_total")),
      slowed(metrics.get("viewers_slowed")),
      limited_seconds(metrics.get("viewer_limited_seconds_total")),
      moves_down(metrics.get("viewer_moves_total", {{"direction", "down"}})),
      moves_up(metrics.get("viewer_moves_total", {{"direction", "up"}})),
      round_trips(metrics.distribution("viewer_round_trip_seconds", kTimes)),
      losses(metrics.distribution("viewer_loss_ratio", kShares)),
      jitters(metrics.distribution("viewer_jitter_seconds", kTimes)),
      send_rates(metrics.distribution("viewer_send_bytes_per_second", kRates)),
      capacities(metrics.distribution("viewer_network_bytes_per_second", kRates)) {
  for (const DisconnectReason& reason : kLeaveReasons) static_cast<void>(left(reason.word));
  for (const ErrorCode& row : kErrorCodes)
    if (row.of == ErrorCode::Of::offer) static_cast<void>(refused(row.code));
  for (const Channel& channel : channels) {
    const Codec codec = channel.stream.codec;
    static_cast<void>(joined(codec));
    for (const auto state : {ViewerState::connecting, ViewerState::connected, ViewerState::orphaned})
      static_cast<void>(in(codec, state));
    for (const RungStream& rung : channel.rungs) static_cast<void>(shown(codec, rung.rung.format.size));
  }
  for (const char* reason : InboundFilter::kReasons)
    static_cast<void>(metrics.get("viewer_inbound_packets_dropped_total", {{"reason", reason}}));
}

Metric& ViewerMetrics::joined(Codec codec) {
  return all.get("viewers_joined_total", {{"codec", text_of(codec)}});
}

Metric& ViewerMetrics::refused(std::string_view code) {
  return all.get("viewers_refused_total", {{"reason", std::string(code)}});
}

Metric& ViewerMetrics::left(std::string_view reason) {
  return all.get("viewers_left_total", {{"reason", std::string(reason)}});
}

Metric& ViewerMetrics::in(Codec codec, ViewerState state) {
  return all.get("viewers", {{"codec", text_of(codec)}, {"state", std::string(name_of(state))}});
}

Metric& ViewerMetrics::shown(Codec codec, const Size& size) {
  return all.get("viewers_shown", {{"codec", text_of(codec)}, {"size", cs::text_of(size)}});
}

}  // namespace cs

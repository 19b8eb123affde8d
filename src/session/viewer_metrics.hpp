// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"

namespace cs {

/// The metrics of all sessions, by the names in src/observability/metric_table.cpp. All are created at start: a counter
/// that appears with its first event hides that event from rate(). Any thread.
class ViewerMetrics {
 public:
  ViewerMetrics(Metrics& metrics, std::span<const Channel> channels);

  [[nodiscard]] Metric& joined(Codec codec);
  [[nodiscard]] Metric& refused(std::string_view code);
  [[nodiscard]] Metric& left(std::string_view reason);
  /// Gauges of the sessions in a state, and of the connected viewers that receive a size.
  [[nodiscard]] Metric& in(Codec codec, ViewerState state);
  [[nodiscard]] Metric& shown(Codec codec, const Size& size);

  Metrics& all;
  Metric& clients_joined;
  Metric& orphaned;
  Metric& connected;
  Metric& packets_lost;
  Metric& slowed;  ///< gauge
  Metric& limited_seconds;
  Metric& moves_down;
  Metric& moves_up;
  Distribution& round_trips;
  Distribution& losses;
  Distribution& jitters;
  Distribution& send_rates;
  Distribution& capacities;
};

}  // namespace cs

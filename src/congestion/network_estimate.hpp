// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "congestion/network_monitor.hpp"
#include "congestion/report_based_rate.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/viewer_figures.hpp"

namespace cs {

/// The network to one viewer, estimated from the feedback that its client sends: per packet, or a summary once a
/// second. Rates are in bits per second. Main thread only.
class NetworkEstimate {
 public:
  explicit NetworkEstimate(std::shared_ptr<NetworkMonitor> monitor) : monitor_(std::move(monitor)) {}

  /// `bytes`: total sent so far. Call it a few times a second.
  void sent(std::int64_t bytes, TimePoint now);

  /// Processes a new receiver report.
  void heard(const Reception& report, TimePoint now);

  /// Send rate over about the last second.
  [[nodiscard]] double sending() const { return sending_; }

  /// Lower bound of the network's capacity; none: unknown.
  [[nodiscard]] std::optional<double> carries() const;

  /// When the network last reached its capacity; none: never.
  [[nodiscard]] std::optional<TimePoint> limited_at() const;

  /// Whether packets queue in the network.
  [[nodiscard]] bool is_crowded() const;

 private:
  static constexpr std::chrono::milliseconds kSpan{1000};
  static constexpr std::chrono::milliseconds kLeastSpan{100};
  static constexpr std::chrono::microseconds kWaiting{40'000};  // half the delay that causes a pause

  [[nodiscard]] bool has_packet_feedback() const { return monitor_->carries().has_value(); }

  const std::shared_ptr<NetworkMonitor> monitor_;
  ReportBasedRate by_reports_;
  std::deque<std::pair<TimePoint, std::int64_t>> recent_;
  double sending_ = 0;
};

}  // namespace cs

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

/// What is known of the network to a viewer, from whatever its client tells: of each packet, or a summary once a
/// second. Rates are bits per second. Main thread only.
class NetworkEstimate {
 public:
  explicit NetworkEstimate(std::shared_ptr<NetworkMonitor> monitor) : monitor_(std::move(monitor)) {}

  /// How many bytes went out so far; call it a few times a second.
  void sent(std::int64_t bytes, TimePoint now);

  /// A new receiver report.
  void heard(const Reception& report, TimePoint now);

  /// What was sent over about the last second.
  [[nodiscard]] double sending() const { return sending_; }

  /// What the network carries, at least; none: that is not known.
  [[nodiscard]] std::optional<double> carries() const;

  /// When it was last seen to carry no more; none: it was not.
  [[nodiscard]] std::optional<TimePoint> limited_at() const;

  /// Packets wait on the way.
  [[nodiscard]] bool is_crowded() const;

 private:
  static constexpr std::chrono::milliseconds kSpan{1000};
  static constexpr std::chrono::milliseconds kLeastSpan{100};
  static constexpr std::chrono::microseconds kWaiting{40'000};  // half of what ends in a pause

  [[nodiscard]] bool tells_of_packets() const { return monitor_->carries().has_value(); }

  const std::shared_ptr<NetworkMonitor> monitor_;
  ReportBasedRate by_reports_;
  std::deque<std::pair<TimePoint, std::int64_t>> recent_;
  double sending_ = 0;
};

}  // namespace cs

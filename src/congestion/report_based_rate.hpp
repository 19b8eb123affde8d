// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "congestion/loss_based_rate.hpp"
#include "congestion/windowed_min.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Estimates the capacity of the path to a peer without per-packet feedback, in bits per second, by the loss and the
/// round trips in its receiver reports (RFC 3550, section 6.4.1). These arrive about once a second, so it is slower and
/// coarser than BandwidthEstimator. Pure; one thread.
class ReportBasedRate {
 public:
  /// Processes a report. `loss`: 0 to 1; `sending`: the send rate before it.
  void heard(double loss, std::optional<std::chrono::duration<double>> round_trip, double sending, TimePoint now);

  /// None before the path has reached a limit: until then its capacity is unknown.
  [[nodiscard]] std::optional<double> rate() const;
  [[nodiscard]] std::optional<TimePoint> limited_at() const {
    return std::max(crowded_at_, by_loss_.much_lost_at());  // an empty optional compares lowest
  }

  /// Whether packets queue in the network, by the latest report.
  [[nodiscard]] bool is_crowded() const { return is_crowded_; }

 private:
  using Seconds = std::chrono::duration<double>;

  static constexpr double kLeast = 50'000;
  static constexpr double kMost = 200'000'000;
  static constexpr int kParts = 256;         // resolution of the loss in a report
  static constexpr double kIncrease = 1.08;  // per report
  static constexpr double kMostBeyondSending = 1.5;
  static constexpr double kDecrease = 0.85;
  static constexpr Seconds kWaiting{0.15};  // above the shortest round trip

  LossBasedRate by_loss_{kLeast, kMost};
  std::optional<double> by_queue_;
  std::optional<TimePoint> crowded_at_;
  bool is_crowded_ = false;
  WindowedMin<Seconds> least_;
};

}  // namespace cs

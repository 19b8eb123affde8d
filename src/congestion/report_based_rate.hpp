// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "congestion/loss_based_rate.hpp"
#include "congestion/windowed_min.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// How many bits per second the path to a peer carries, for peers that tell nothing of single packets: by the losses
/// and round trips of their receiver reports (RFC 3550, section 6.4.1). They come about once a second, so this is
/// slower and coarser than BandwidthEstimator. Pure; one thread.
class ReportBasedRate {
 public:
  /// A report, and the rate that was sent at before it; `loss` 0 to 1.
  void heard(double loss, std::optional<std::chrono::duration<double>> round_trip, double sending, TimePoint now);

  /// None before the path has shown a limit: until then it may carry anything.
  [[nodiscard]] std::optional<double> rate() const;
  [[nodiscard]] std::optional<TimePoint> limited_at() const {
    return std::max(crowded_at_, by_loss_.much_lost_at());  // none is the least
  }

  /// Packets wait on the way, by the latest report.
  [[nodiscard]] bool is_crowded() const { return is_crowded_; }

 private:
  using Seconds = std::chrono::duration<double>;

  static constexpr double kLeast = 50'000;
  static constexpr double kMost = 200'000'000;
  static constexpr int kParts = 256;         // in which a report tells the share that was lost
  static constexpr double kIncrease = 1.08;  // a report
  static constexpr double kMostBeyondSending = 1.5;
  static constexpr double kDecrease = 0.85;
  static constexpr Seconds kWaiting{0.15};  // beyond the shortest round trip

  LossBasedRate by_loss_{kLeast, kMost};
  std::optional<double> by_queue_;
  std::optional<TimePoint> crowded_at_;
  bool is_crowded_ = false;
  WindowedMin<Seconds> least_;
};

}  // namespace cs

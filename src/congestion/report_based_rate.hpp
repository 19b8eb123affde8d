// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "congestion/least_of_late.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// How many bits per second the path to a peer carries, for peers that tell nothing of single packets: by the losses
/// and round trips of their receiver reports (RFC 3550, section 6.4.1; the rules for losses are those of
/// draft-ietf-rmcat-gcc-02, section 6). Reports come about once a second, so this is slower and coarser than
/// BandwidthEstimator. Pure; one thread.
class ReportBasedRate {
 public:
  /// A report, and the rate that was sent at before it; `loss` 0 to 1.
  void heard(double loss, std::optional<std::chrono::duration<double>> round_trip, double sending, TimePoint now);

  /// None before the path has shown a limit: until then it may carry anything.
  [[nodiscard]] std::optional<double> rate() const { return rate_; }
  [[nodiscard]] std::optional<TimePoint> limited_at() const { return limited_at_; }

  /// Packets wait on the way, by the latest report.
  [[nodiscard]] bool is_crowded() const { return is_crowded_; }

 private:
  using Seconds = std::chrono::duration<double>;

  static constexpr double kLeast = 50'000;
  static constexpr double kMuchLoss = 0.1;
  static constexpr double kLittleLoss = 0.02;
  static constexpr double kIncrease = 1.08;  // a report
  static constexpr double kMostBeyondSending = 1.5;
  static constexpr double kDecrease = 0.85;
  static constexpr Seconds kWaiting{0.15};  // beyond the shortest round trip

  std::optional<double> rate_;
  std::optional<TimePoint> limited_at_;
  bool is_crowded_ = false;
  LeastOfLate<Seconds> least_;
};

}  // namespace cs

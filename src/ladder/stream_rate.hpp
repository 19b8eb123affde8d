// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/rung.hpp"

namespace cs {

/// The bit rate of a stream with many viewers: what the slowest viewer can receive, within the range of the rung. A
/// viewer much slower than most others is ignored; it has to move to another rung. Pure; one thread.
class StreamRate {
 public:
  explicit StreamRate(const Rung& rung) : rung_(rung), kbps_(rung.most_kbps) {}

  /// `carries`: network capacity of each viewer, bits per second; viewers of unknown capacity are left out. Returns the
  /// new bit rate in kbit/s if it changes: at most five times a second, and only by more than 5 %.
  [[nodiscard]] std::optional<int> update(std::vector<double> carries, TimePoint now);

  /// Capacity below which a viewer is ignored, in bits per second; 0 before the first update.
  [[nodiscard]] double expected() const { return expected_; }

  [[nodiscard]] int kbps() const { return kbps_; }

 private:
  static constexpr std::chrono::milliseconds kLeastTime{200};
  static constexpr double kLeastChange = 0.05;
  static constexpr double kHeadroom = 0.95;  // for packet headers and encoder variation
  static constexpr double kTolerated = 0.7;  // share of the median

  const Rung rung_;
  int kbps_;
  double expected_ = 0;
  std::optional<TimePoint> changed_at_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/rung.hpp"

namespace cs {

/// The bit rate of a stream that many watch: what the slowest of them carries, within the bounds of its rung; but who
/// is much slower than most of the others does not count, it has to go to another rung. Pure; one thread.
class StreamRate {
 public:
  explicit StreamRate(const Rung& rung) : rung_(rung), kbps_(rung.most_kbps) {}

  /// `carries`: what the networks of those who watch it carry, bits per second; who is not known is left out. The new
  /// bit rate, if it is to change: at most five times a second, and only by more than 5 %.
  [[nodiscard]] std::optional<int> update(std::vector<double> carries, TimePoint now);

  /// Who carries less holds the others back; bits per second, 0 before the first update.
  [[nodiscard]] double expected() const { return expected_; }

  [[nodiscard]] int kbps() const { return kbps_; }

 private:
  static constexpr std::chrono::milliseconds kLeastTime{200};
  static constexpr double kLeastChange = 0.05;
  static constexpr double kHeadroom = 0.95;  // packets have headers, and an encoder is not exact
  static constexpr double kTolerated = 0.7;  // of the median

  const Rung rung_;
  int kbps_;
  double expected_ = 0;
  std::optional<TimePoint> changed_at_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// Which pictures of a fast sequence make a slower one. Pure; one thread.
class FrameRateDivider {
 public:
  explicit FrameRateDivider(int fps) : interval_(Clock::duration(std::chrono::seconds(1)) / fps) {}

  /// Whether the picture of that time is one of them; a little early counts.
  [[nodiscard]] bool is_due(TimePoint picture) const { return picture + interval_ / 4 >= next_; }

  /// It was one.
  void take(TimePoint picture) { next_ = (picture - next_ < interval_ ? next_ : picture) + interval_; }

 private:
  Clock::duration interval_;
  TimePoint next_ = {};
};

}  // namespace cs

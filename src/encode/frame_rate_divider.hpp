// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// Selects frames of a fast sequence to make a slower one. Pure; one thread.
class FrameRateDivider {
 public:
  explicit FrameRateDivider(int fps) : interval_(Clock::duration(std::chrono::seconds(1)) / fps) {}

  /// Whether the frame captured at `frame` is due. A quarter of the interval early counts as due.
  [[nodiscard]] bool is_due(TimePoint frame) const { return frame + interval_ / 4 >= next_; }

  /// The frame was taken.
  void take(TimePoint frame) { next_ = (frame - next_ < interval_ ? next_ : frame) + interval_; }

 private:
  Clock::duration interval_;
  TimePoint next_ = {};
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "cubestream/clock.hpp"

namespace cs {

/// Limits frames of a program with its own clock to a rate. Frames that come at about this rate pass at once, however
/// their times vary: a frame may come early by a whole period, and a tenth more than the rate passes. Pure; one thread.
class FramePace {
 public:
  /// Whether a frame at `now` passes at a rate of `fps`.
  [[nodiscard]] bool allows(TimePoint now, int fps) const { return next_ - now <= period(fps); }

  /// A frame has passed.
  void take(TimePoint now, int fps) { next_ = std::max(next_, now) + period(fps); }

 private:
  [[nodiscard]] static Clock::duration period(int fps) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::seconds(10)) / (11 * std::max(fps, 1));
  }

  TimePoint next_ = {};
};

}  // namespace cs

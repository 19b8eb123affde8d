// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// Decides for each picture whether it becomes a keyframe: at once when one is wanted, but never sooner than `interval`
/// after the last, so that a client that floods requests costs the others little. A request that comes too early
/// is served when the interval is over. Pure; one thread.
class KeyframePacer {
 public:
  explicit KeyframePacer(std::chrono::milliseconds interval) : interval_(interval) {}

  /// True: make this picture a keyframe. `wanted` stays true at the caller until this says yes.
  [[nodiscard]] bool grant(bool wanted, TimePoint now) {
    if (!wanted || now < next_) return false;
    next_ = now + interval_;
    return true;
  }

 private:
  std::chrono::milliseconds interval_;
  TimePoint next_ = TimePoint::min();
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// Decides for each picture whether it becomes a keyframe: at once when one is wanted, but no more than one in each
/// `interval` on average, so that a client that floods requests costs the others little; after a rest there may be two
/// in a row, for who needs one anew because the first came while its network was busy. A request that comes too early
/// is served when its time has come. Pure; one thread.
class KeyframePacer {
 public:
  explicit KeyframePacer(std::chrono::milliseconds interval) : interval_(interval) {}

  /// True: make this picture a keyframe. `wanted` stays true at the caller until this says yes.
  [[nodiscard]] bool grant(bool wanted, TimePoint now) {
    if (!wanted || now + interval_ < next_) return false;
    next_ = std::max(now, next_) + interval_;
    return true;
  }

 private:
  std::chrono::milliseconds interval_;
  TimePoint next_ = TimePoint::min();  // due, if all of them had kept the interval
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// Decides for each frame whether it becomes a keyframe: at once when requested, but on average at most one per
/// `interval`, so that a client that floods requests costs the others little. After a pause two in a row are allowed,
/// for a client that lost the first one to a busy network. An early request is served later. Pure; one thread.
class KeyframePacer {
 public:
  explicit KeyframePacer(std::chrono::milliseconds interval) : interval_(interval) {}

  /// True: make this frame a keyframe. The caller keeps `wanted` true until this returns true.
  [[nodiscard]] bool grant(bool wanted, TimePoint now) {
    if (!wanted || !would_grant(now)) return false;
    next_ = std::max(now, next_) + interval_;
    return true;
  }

  /// Whether a frame at `now` may become a keyframe.
  [[nodiscard]] bool would_grant(TimePoint now) const { return now + interval_ >= next_; }

 private:
  std::chrono::milliseconds interval_;
  TimePoint next_ = TimePoint::min();  // when the next one is due if all keep the interval
};

}  // namespace cs

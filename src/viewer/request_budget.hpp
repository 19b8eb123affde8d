// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// How many keyframes one viewer may ask for: a few at once, as one that joins or has lost packets needs them, and then
/// one each `refill`. A keyframe costs everybody picture quality, so a client that floods requests must not set the
/// pace. A token bucket; pure; one thread.
class RequestBudget {
 public:
  RequestBudget(int burst, std::chrono::milliseconds refill) : burst_(burst), refill_(refill), left_(burst) {}

  [[nodiscard]] bool take(TimePoint now) {
    if (left_ < burst_) {
      const auto earned = (now - since_) / refill_;
      left_ = static_cast<int>(std::min<std::int64_t>(burst_, left_ + earned));
      since_ += earned * refill_;
    }
    if (left_ == burst_) since_ = now;
    if (left_ == 0) return false;
    --left_;
    return true;
  }

 private:
  int burst_;
  std::chrono::milliseconds refill_;
  int left_;
  TimePoint since_;  // of the last refill
};

}  // namespace cs

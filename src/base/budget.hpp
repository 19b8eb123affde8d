// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// How often somebody may ask for something: `burst` times at once, and then once each `refill`, so that no client that
/// floods sets the pace for the others. A token bucket; pure; one thread.
class Budget {
 public:
  Budget(int burst, std::chrono::milliseconds refill) : burst_(burst), refill_(refill), left_(burst) {}

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

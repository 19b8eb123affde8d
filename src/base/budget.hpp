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
    if (is_full(now)) {
      left_ = burst_;
      since_ = now;
    } else {
      const auto earned = (now - since_) / refill_;
      left_ += static_cast<int>(earned);
      since_ += earned * refill_;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }

  /// Whether all of it has been refilled.
  [[nodiscard]] bool is_full(TimePoint now) const {
    return left_ == burst_ || (now - since_) / refill_ >= burst_ - left_;
  }

 private:
  int burst_;
  std::chrono::milliseconds refill_;
  int left_;
  TimePoint since_;  // of the last refill
};

}  // namespace cs

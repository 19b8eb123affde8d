// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "cubestream/clock.hpp"

namespace cs {

/// Token bucket with `burst` tokens; one token is added every `refill`. It limits the request rate of a client, so that
/// a flooding client does not slow down the others. Pure; one thread.
class TokenBucket {
 public:
  TokenBucket(int burst, Clock::duration refill) : burst_(burst), refill_(refill), left_(burst) {}

  /// Takes `tokens` tokens. False, and takes none, if there are fewer.
  [[nodiscard]] bool take(TimePoint now, int tokens = 1) {
    if (is_full(now)) {
      left_ = burst_;
      since_ = now;
    } else {
      const auto earned = (now - since_) / refill_;
      left_ += static_cast<int>(earned);
      since_ += earned * refill_;
    }
    if (left_ < tokens) return false;
    left_ -= tokens;
    return true;
  }

  /// Whether the bucket is full again.
  [[nodiscard]] bool is_full(TimePoint now) const {
    return left_ == burst_ || (now - since_) / refill_ >= burst_ - left_;
  }

 private:
  int burst_;
  Clock::duration refill_;
  int left_;
  TimePoint since_;  // of the last refill
};

}  // namespace cs

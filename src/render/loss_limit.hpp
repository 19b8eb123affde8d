// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// Limits losses of the GL context: five within ten seconds are too many. Pure; one thread.
class LossLimit {
 public:
  static constexpr std::size_t kLosses = 5;
  static constexpr std::chrono::seconds kWithin{10};

  /// Records a loss. True: the limit is reached.
  [[nodiscard]] bool reached_by_loss_at(TimePoint now) {
    losses_[next_] = now;
    next_ = (next_ + 1) % kLosses;
    const std::optional<TimePoint> oldest = losses_[next_];
    return oldest && now - *oldest < kWithin;
  }

 private:
  std::array<std::optional<TimePoint>, kLosses> losses_;  // ring buffer of the latest losses
  std::size_t next_ = 0;
};

}  // namespace cs

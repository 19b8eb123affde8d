// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// How many lost GL contexts are too many: five within ten seconds. Pure; one thread.
class LossLimit {
 public:
  static constexpr std::size_t kLosses = 5;
  static constexpr std::chrono::seconds kWithin{10};

  /// Takes note of a loss; true: it is the one too many.
  [[nodiscard]] bool reached_by_loss_at(TimePoint now) {
    losses_[next_] = now;
    next_ = (next_ + 1) % kLosses;
    const std::optional<TimePoint> oldest = losses_[next_];
    return oldest && now - *oldest < kWithin;
  }

 private:
  std::array<std::optional<TimePoint>, kLosses> losses_;  // a ring of the latest
  std::size_t next_ = 0;
};

}  // namespace cs

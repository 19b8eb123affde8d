// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// Decides what to do when an encoder failed: rebuild it once; if it fails again within 10 s, use the next row of the
/// table; if there is none, give up. Pure; one thread.
class Recovery {
 public:
  enum class Step { rebuild, next_row, give_up };

  [[nodiscard]] Step on_error(TimePoint now, bool has_next_row) {
    constexpr std::chrono::seconds kOnceWithin{10};
    if (now >= again_until_) {
      again_until_ = now + kOnceWithin;
      return Step::rebuild;
    }
    again_until_ = TimePoint::min();  // the next row, or the next viewer's attempt, may rebuild once again
    return has_next_row ? Step::next_row : Step::give_up;
  }

 private:
  TimePoint again_until_ = TimePoint::min();
};

}  // namespace cs

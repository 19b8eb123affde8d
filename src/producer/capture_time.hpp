// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// When a frame was captured, which a producer says in nanoseconds of CLOCK_MONOTONIC: `now`, unless that is within the
/// last second. Pure.
[[nodiscard]] inline TimePoint capture_time(std::uint64_t said, TimePoint now) {
  const auto limit = static_cast<std::uint64_t>(std::chrono::nanoseconds(now.time_since_epoch()).count());
  constexpr std::uint64_t kOldest = 1'000'000'000;
  if (said > limit || limit - said > kOldest) return now;
  return TimePoint(std::chrono::nanoseconds(said));
}

}  // namespace cs

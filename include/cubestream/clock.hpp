// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace cs {

/// The one clock of the line: CLOCK_MONOTONIC, which is also GStreamer's system clock, so that a picture's time
/// stamp means the same in every stage and in every pipeline.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

}  // namespace cs

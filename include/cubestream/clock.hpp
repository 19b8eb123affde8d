// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace cs {

/// The clock of the whole pipeline: CLOCK_MONOTONIC, which GStreamer's system clock also uses. A frame's timestamp
/// therefore means the same in every stage and in every GStreamer pipeline.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

}  // namespace cs

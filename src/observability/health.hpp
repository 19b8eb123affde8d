// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {

/// Why no picture can be made at this moment, as a sentence; empty: one can. While somebody watches that means that one
/// was made within the last second, or two frame times where that is longer. What it knows are heartbeats and gauges,
/// so that no thread is asked and one that hangs cannot take this along. Pure; any thread.
[[nodiscard]] std::string unready_because(const Metrics& metrics, const FrameFormat& format,
                                          TimePoint now = Clock::now());

}  // namespace cs

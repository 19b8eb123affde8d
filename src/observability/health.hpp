// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {

/// Returns why the server cannot produce frames now, as a sentence. Empty: it can. While there are viewers, "can" means
/// that a frame was encoded within the last second, or within two frame times if that is longer. Reads only heartbeats
/// and gauges, so a hanging thread cannot block it. Pure; any thread.
[[nodiscard]] std::string unready_because(const Metrics& metrics, const FrameFormat& format,
                                          TimePoint now = Clock::now());

}  // namespace cs

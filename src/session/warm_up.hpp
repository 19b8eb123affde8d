// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "ice/ice_config.hpp"
#include "loop/loop.hpp"

namespace cs {

/// Answers one internal offer at start, so that plugins are loaded, keys are generated and the TURN server setting is
/// checked before the first viewer. Runs the main loop until then. Throws StartupError when no answer arrives within
/// 60 s. Main thread only.
void warm_up(std::span<const Channel> channels, const IceConfig& ice, Loop& loop, Metrics& metrics);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/ice_config.hpp"
#include "cubestream/subscription.hpp"

namespace cs {

/// Answers an offer of its own once, so that the first viewer finds everything loaded, keys made, and a TURN server
/// checked. Runs the loop meanwhile. Throws StartupError when no answer comes. Main thread only.
void warm_up(std::span<const Channel> channels, const IceConfig& ice, Loop& loop, Metrics& metrics);

}  // namespace cs

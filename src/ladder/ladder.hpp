// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "cubestream/rung.hpp"

namespace cs {

/// Returns the rungs for a scene, the full one first: full, half and quarter size, the last at half the frame rate.
/// `ceiling_kbps` is the maximum of the full rung; `floor_kbps` the minimum of every rung. Rungs below the minimum size
/// or the floor are left out. At least one rung. Pure.
[[nodiscard]] std::vector<Rung> make_ladder(const FrameFormat& full, int ceiling_kbps, int floor_kbps);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "cubestream/rung.hpp"

namespace cs {

/// The rungs for a scene, the full one first: full, half and quarter size, the last at half the rate. The full one may
/// have `ceiling_kbps`, none is asked to make do with less than `floor_kbps`; those that would be smaller than pictures
/// can be, or would have to, are left out. There is at least one. Pure.
[[nodiscard]] std::vector<Rung> make_ladder(const FrameFormat& full, int ceiling_kbps, int floor_kbps);

}  // namespace cs

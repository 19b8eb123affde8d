// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/stamp_blocks.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {

/// Draws the stamp into the bound framebuffer, which holds the frame upside down: squares of 1/80 of the width, side by
/// side from the frame's top-left corner. Frames narrower than 80 pixels get no stamp. Render thread only.
void draw_stamp(Size size, std::uint32_t stamp);

}  // namespace cs

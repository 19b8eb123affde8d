// SPDX-License-Identifier: MIT
#include "render/stamp.hpp"

#include <GLES3/gl3.h>

namespace cs {

void draw_stamp(Size size, std::uint32_t stamp) {
  const int side = size.width / kStampBlocksPerWidth;
  const auto fill = [&](int first, int count, float shade) {
    glScissor(first * side, 0, count * side, side);
    glClearColor(shade, shade, shade, 1.0F);
    glClear(GL_COLOR_BUFFER_BIT);
  };
  glEnable(GL_SCISSOR_TEST);
  fill(0, kStampBlocks, 0.0F);
  const auto blocks = stamp_blocks(stamp);
  for (std::size_t i = 0; i < kStampBlocks; ++i)
    if (blocks[i]) fill(static_cast<int>(i), 1, 1.0F);
  glDisable(GL_SCISSOR_TEST);
  glClearColor(0.0F, 0.0F, 0.0F, 0.0F);
}

}  // namespace cs

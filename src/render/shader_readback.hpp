// SPDX-License-Identifier: MIT
#pragma once

#include "gl/object.hpp"
#include "gl/program.hpp"
#include "render/frame_readback.hpp"
#include "render/pixel_buffer.hpp"

namespace cs {

/// Lets the graphics card make I420 of the picture: four of its bytes are one pixel of a second framebuffer, which is
/// then the whole picture, plane after plane, as it is to lie in memory.
class ShaderReadback final : public FrameReadback {
 public:
  /// Rows must need no padding, and the driver has a largest framebuffer. Needs a current context.
  [[nodiscard]] static bool takes(Size size);

  /// `framebuffer` must outlive it. Throws StartupError when its shader does not compile.
  ShaderReadback(const Framebuffer& framebuffer, Size size);

  [[nodiscard]] ReadTimes read(std::span<std::byte> to) override;

 private:
  [[nodiscard]] static Size packed(Size size) { return {size.width / 4, size.height * 3 / 2}; }

  const Framebuffer& framebuffer_;
  const Size size_;
  Program program_;
  GlVertexArray no_vertices_;  // the shader makes the corners
  GlTexture i420_;
  GlFramebuffer target_;
  PixelBuffer buffer_;
};

}  // namespace cs

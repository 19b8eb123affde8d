// SPDX-License-Identifier: MIT
#pragma once

#include "gl/object.hpp"
#include "gl/program.hpp"
#include "render/frame_readback.hpp"
#include "render/pixel_buffer.hpp"

namespace cs {

/// Converts to I420 on the graphics card. One pixel of a second framebuffer holds four bytes of I420, so reading that
/// framebuffer gives the whole frame, plane after plane. Render thread only.
class ShaderReadback final : public FrameReadback {
 public:
  /// Whether the rows need no padding (width divisible by 8) and the target fits the driver's size limit. Needs a
  /// current context.
  [[nodiscard]] static bool supports(Size size);

  /// `framebuffer` must outlive it. Throws StartupError if the shader does not compile.
  ShaderReadback(const Framebuffer& framebuffer, Size size);

  [[nodiscard]] ReadTimes read(std::span<std::byte> to) override;

 private:
  [[nodiscard]] static Size packed(Size size) { return {size.width / 4, size.height * 3 / 2}; }

  const Framebuffer& framebuffer_;
  const Size size_;
  Program program_;
  GlVertexArray no_vertices_;  // empty: the vertex shader computes the corners
  GlTexture i420_;
  GlFramebuffer target_;
  PixelBuffer buffer_;
};

}  // namespace cs

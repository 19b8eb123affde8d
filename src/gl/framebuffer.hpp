// SPDX-License-Identifier: MIT
#pragma once

#include "cubestream/frame_format.hpp"
#include "gl/object.hpp"

namespace cs {

/// An offscreen framebuffer: RGBA8 colour texture and depth buffer. The context's thread only.
class Framebuffer {
 public:
  /// Throws StartupError if the driver does not support the size.
  explicit Framebuffer(Size size);

  /// Binds it for drawing and reading, and sets the viewport to its full size.
  void bind() const;

  /// The colour texture, for shaders.
  [[nodiscard]] GLuint texture() const { return colour_.get(); }

  /// Copies the colours into the GL framebuffer `target`, which has the same size, and binds `target`.
  void copy_to(GLuint target) const;

 private:
  Size size_;
  GlTexture colour_;
  GlRenderbuffer depth_;
  GlFramebuffer framebuffer_;
};

}  // namespace cs

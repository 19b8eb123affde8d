// SPDX-License-Identifier: MIT
#pragma once

#include "cubestream/frame_format.hpp"
#include "gl/object.hpp"

namespace cs {

/// Where a picture is drawn when there is no screen: RGBA8 colour and a depth buffer. The context's thread only.
class Framebuffer {
 public:
  /// Throws StartupError if the driver refuses that size.
  explicit Framebuffer(Size size);

  /// Drawing and reading go here, and to all of it.
  void bind() const;

  /// Its colours, for shaders to read.
  [[nodiscard]] GLuint texture() const { return colour_.get(); }

  /// Copies its colours into another framebuffer of that size, GL's name for which is `target`, and binds that.
  void copy_to(GLuint target) const;

 private:
  Size size_;
  GlTexture colour_;
  GlRenderbuffer depth_;
  GlFramebuffer framebuffer_;
};

}  // namespace cs

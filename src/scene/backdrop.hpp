// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "cubestream/scene.hpp"
#include "gl/framebuffer.hpp"
#include "gl/object.hpp"
#include "gl/program.hpp"

namespace cs {

/// The background: a gradient that is brighter at the top. It never changes, so it is drawn once and then copied into
/// each frame. This halves the time per frame with a software renderer. Render thread only.
class Backdrop {
 public:
  Backdrop();

  /// Fills the bound framebuffer.
  void draw(const SceneView& view);

 private:
  void paint(const SceneView& view);

  Program program_;
  GLint clip_y_;
  GLint spread_;
  GlVertexArray no_vertices_;  // empty: the vertex shader computes the corners
  std::optional<Framebuffer> painted_;
  SceneView painted_for_;
};

}  // namespace cs

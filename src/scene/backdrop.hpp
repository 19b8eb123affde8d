// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "cubestream/scene.hpp"
#include "gl/framebuffer.hpp"
#include "gl/object.hpp"
#include "gl/program.hpp"

namespace cs {

/// A gentle gradient behind everything, brighter at the top. It never changes, so it is painted once and then copied
/// into each picture: with a software renderer the whole picture then takes half the time. Render thread only.
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
  GlVertexArray no_vertices_;  // the shader makes the corners
  std::optional<Framebuffer> painted_;
  SceneView painted_for_;
};

}  // namespace cs

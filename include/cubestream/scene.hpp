// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/frame_format.hpp"

namespace cs {

/// How a scene is to draw one picture.
struct SceneView {
  Size size;
  /// Factor for y in clip space. The renderer draws upside down (-1), because glReadPixels then yields rows in
  /// picture order and nobody flips them. Front faces stay front: the renderer sets glFrontFace to match.
  float clip_y = 1.0F;
};

/// Something that can be drawn. Built, used and destroyed with a GL context current; a lost context destroys it and
/// builds it anew, so what it shows must follow from `time` and from nothing it remembers.
/// Render thread only.
class Scene {
 public:
  virtual ~Scene() = default;

  /// Brings what is shown to `time`, which runs from process start and never jumps back; it does not count pictures, so
  /// a dropped picture never slows the scene.
  virtual void update(std::chrono::duration<double> time) = 0;

  /// Draws it into the bound framebuffer, viewport already set.
  virtual void draw(const SceneView& view) = 0;
};

}  // namespace cs

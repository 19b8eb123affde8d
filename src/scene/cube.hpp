// SPDX-License-Identifier: MIT
#pragma once

#include <glm/mat4x4.hpp>

#include "cubestream/scene.hpp"
#include "gl/object.hpp"
#include "gl/program.hpp"
#include "scene/backdrop.hpp"

namespace cs {

/// A lit cube that stands on a corner and turns about the vertical axis, once per kTurn. Render thread only.
///
/// Every frame shows which way is up. The background is brighter at the top: the mean brightness of the top tenth
/// exceeds that of the bottom tenth by at least 25 of 255. The upper three faces are red, orange and yellow; the lower
/// three are green, blue and violet.
class Cube final : public Scene {
 public:
  static constexpr std::chrono::duration<double> kTurn{9.0};

  Cube();

  void update(std::chrono::duration<double> time) override;
  void draw(const SceneView& view) override;

 private:
  void draw_cube(const SceneView& view) const;

  Backdrop backdrop_;
  Program program_;
  GlBuffer vertices_;
  GlBuffer indices_;
  GlVertexArray layout_;
  GLsizei index_count_ = 0;
  glm::mat4 model_ = glm::mat4(1.0F);

  struct {
    GLint clip_y, model, view_projection, eye, bevel_pixels;
  } uniforms_;
};

}  // namespace cs

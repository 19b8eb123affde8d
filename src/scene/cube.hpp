// SPDX-License-Identifier: MIT
#pragma once

#include "cubestream/scene.hpp"
#include "gl/object.hpp"
#include "gl/program.hpp"

namespace cs {

/// A lit cube that stands on a corner and turns about the vertical, once in kTurn.
///
/// Which way is up can be told from any picture: the background is brighter at the top (the mean brightness of the top
/// tenth exceeds the bottom tenth's by 25 of 255 at least), and the three upper faces are red, orange and yellow, the
/// three lower ones green, blue and violet. Render thread only.
class Cube final : public Scene {
 public:
  static constexpr std::chrono::duration<double> kTurn{9.0};

  Cube();

  void draw(std::chrono::duration<double> time, const SceneView& view) override;

 private:
  void draw_background(const SceneView& view) const;
  void draw_cube(std::chrono::duration<double> time, const SceneView& view) const;

  Program background_;
  Program cube_;
  GlBuffer vertices_;
  GlBuffer indices_;
  GlVertexArray cube_layout_;
  GlVertexArray background_layout_;  // nothing: its shader makes the corners
  GLsizei index_count_ = 0;

  struct {
    GLint clip_y, spread;
  } background_uniforms_;
  struct {
    GLint clip_y, model, view_projection, eye, bevel_pixels;
  } cube_uniforms_;
};

}  // namespace cs

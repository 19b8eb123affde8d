// SPDX-License-Identifier: MIT
#include "scene/backdrop.hpp"

#include <algorithm>

#include "gl/shader_file.hpp"

namespace cs {

Backdrop::Backdrop()
    : program_(shader_file("backdrop.vert"), shader_file("backdrop.frag")),
      clip_y_(program_.uniform("clip_y")),
      spread_(program_.uniform("spread")) {}

void Backdrop::draw(const SceneView& view) {
  GLint target = 0;
  glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &target);
  if (!painted_ || painted_for_.size != view.size || painted_for_.clip_y != view.clip_y) paint(view);
  painted_->copy_to(static_cast<GLuint>(target));
}

void Backdrop::paint(const SceneView& view) {
  painted_.emplace(view.size);
  painted_for_ = view;
  painted_->bind();
  const auto width = static_cast<float>(view.size.width);
  const auto height = static_cast<float>(view.size.height);
  const float shorter = std::min(width, height);
  glDisable(GL_CULL_FACE);
  program_.use();
  glUniform1f(clip_y_, view.clip_y);
  glUniform2f(spread_, width / shorter, height / shorter);
  glBindVertexArray(no_vertices_.get());
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glBindVertexArray(0);
}

}  // namespace cs

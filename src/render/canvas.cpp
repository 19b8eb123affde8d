// SPDX-License-Identifier: MIT
#include "render/canvas.hpp"

#include <GLES3/gl3.h>

#include "base/error.hpp"

namespace cs {

Canvas::Canvas(Size size, const SceneFactory& make_scene) : size_(size), framebuffer_(size), scene_(make_scene()) {}

void Canvas::draw(std::chrono::duration<double> time, std::span<std::byte> pixels) {
  if (pixels.size() < static_cast<std::size_t>(size_.width) * static_cast<std::size_t>(size_.height) * 4)
    throw Fatal("the memory for a picture is too small");
  framebuffer_.bind();
  glFrontFace(GL_CW);  // upside down mirrors the picture, and with it the direction of its triangles
  scene_->draw(time, {.size = size_, .clip_y = -1.0F});
  glReadPixels(0, 0, size_.width, size_.height, GL_RGBA, GL_UNSIGNED_BYTE, pixels.data());
}

}  // namespace cs

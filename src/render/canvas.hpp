// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "cubestream/picture.hpp"
#include "cubestream/scene.hpp"
#include "gl/egl_context.hpp"
#include "gl/framebuffer.hpp"

namespace cs {

/// Builds the scene; called on the render thread with a GL context current, once more for each context that was lost.
using SceneFactory = std::function<std::unique_ptr<Scene>()>;

/// A GL context with the scene and the framebuffer that live in it: what a context loss takes away as a whole.
/// Render thread only.
class Canvas {
 public:
  /// Throws Fatal.
  Canvas(Size size, const SceneFactory& make_scene);

  /// Draws one picture into `pixels`: RGBA, rows top down without padding.
  void draw(std::chrono::duration<double> time, std::span<std::byte> pixels);

  [[nodiscard]] const EglContext& context() const { return context_; }

 private:
  Size size_;
  EglContext context_;
  Framebuffer framebuffer_;
  std::unique_ptr<Scene> scene_;
};

}  // namespace cs

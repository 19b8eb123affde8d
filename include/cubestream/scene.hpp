// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "cubestream/frame_format.hpp"
#include "cubestream/input.hpp"
#include "cubestream/input_wish.hpp"

namespace cs {

/// The value of CS_SCENE for frames of another process, which src/source takes.
inline constexpr std::string_view kExternalScene = "external";

/// Parameters for drawing one frame.
struct SceneView {
  Size size;
  /// Factor for y in clip space. The renderer uses -1 (upside down), so that glReadPixels returns rows top down and no
  /// flip is needed. The renderer sets glFrontFace accordingly.
  float clip_y = 1.0F;
};

/// A drawable scene. Created, used and destroyed with a current GL context. After a lost context it is destroyed and
/// created again, so its content must depend on `time`, and on input that its factory keeps, alone. Render thread only.
class Scene {
 public:
  virtual ~Scene() = default;

  /// The input that the scene wants now, and the cursor over it. Any change reaches the viewers.
  [[nodiscard]] virtual InputWish wish() const { return {}; }

  /// Handles input of a viewer. The events since the last frame come right before update().
  virtual void on_input(const InputEvent& /*event*/) {}

  /// Updates the scene to `time`, which starts at process start and never jumps back. It does not count frames, so a
  /// dropped frame never slows the scene.
  virtual void update(std::chrono::duration<double> time) = 0;

  /// Draws into the bound framebuffer; the viewport is already set.
  virtual void draw(const SceneView& view) = 0;
};

/// Builds a scene, at start and after each lost GL context; keeps what input has changed. Render thread, with a current
/// context.
using SceneFactory = std::function<std::unique_ptr<Scene>()>;

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/scene.hpp"
#include "gl/egl_context.hpp"
#include "gl/framebuffer.hpp"
#include "render/frame_readback.hpp"
#include "render/readback.hpp"

namespace cs {

struct OffscreenTargetConfig {
  Size size;  ///< of most frames
  PixelFormat pixels = PixelFormat::i420;
  ReadbackMode readback = ReadbackMode::automatic;  ///< used for I420 only
};

/// Time spent on one frame.
struct FrameTimes {
  std::chrono::nanoseconds update;
  std::chrono::nanoseconds draw;
  ReadTimes read;
};

/// A GL context with the scene, and a framebuffer with its readback per frame size: everything that is lost with the
/// context. Render thread only.
class OffscreenTarget {
 public:
  /// With ReadbackMode::automatic, draws a few frames in each mode and keeps the fastest. Throws StartupError, also if
  /// the requested mode is not supported.
  OffscreenTarget(const OffscreenTargetConfig& config, const SceneFactory& make_scene);

  /// Gives the scene input and draws one frame into `pixels`, with `stamp` if set. Each new size allocates a
  /// framebuffer that is kept. Throws StartupError.
  FrameTimes draw(Size size, std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                  std::span<std::byte> pixels, std::span<const InputEvent> input = {});

  /// See Scene::wish().
  [[nodiscard]] InputWish wish() const { return scene_->wish(); }
  [[nodiscard]] const EglContext& context() const { return context_; }
  [[nodiscard]] ReadbackMode readback() const { return mode_; }

  /// The readback mode and, if it was chosen automatically, the milliseconds of each candidate.
  [[nodiscard]] const std::string& choice() const { return choice_; }

 private:
  /// Framebuffer and readback for one frame size.
  struct Target {
    explicit Target(Size its_size) : size(its_size), framebuffer(its_size) {}
    const Size size;
    const Framebuffer framebuffer;
    std::unique_ptr<FrameReadback> readback = {};
  };
  void choose_mode(Target& target);
  [[nodiscard]] Target& target_of(Size size);
  FrameTimes draw(const Target& target, std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                  std::span<std::byte> pixels, std::span<const InputEvent> input);

  const OffscreenTargetConfig config_;
  EglContext context_;
  std::list<Target> targets_;
  std::unique_ptr<Scene> scene_;
  ReadbackMode mode_;
  std::string choice_;
};

}  // namespace cs

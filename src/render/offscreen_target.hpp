// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/readback.hpp"
#include "cubestream/scene.hpp"
#include "gl/egl_context.hpp"
#include "gl/framebuffer.hpp"
#include "render/frame_readback.hpp"

namespace cs {

/// Builds the scene; called on the render thread with a GL context current, once more for each context that was lost.
using SceneFactory = std::function<std::unique_ptr<Scene>()>;

struct OffscreenTargetConfig {
  Size size;  ///< of most pictures
  PixelFormat pixels = PixelFormat::i420;
  ReadbackMode readback = ReadbackMode::automatic;  ///< for I420
};

/// Where the time of a picture went.
struct FrameTimes {
  std::chrono::nanoseconds update;
  std::chrono::nanoseconds draw;
  ReadTimes read;
};

/// A GL context with the scene, and for each size of pictures a framebuffer and the way out of it: what a context loss
/// takes away as a whole. Render thread only.
class OffscreenTarget {
 public:
  /// With ReadbackMode::automatic each way draws a few pictures, and the fastest is kept. Throws StartupError, also
  /// when the way that was asked for cannot be gone.
  OffscreenTarget(const OffscreenTargetConfig& config, const SceneFactory& make_scene);

  /// Draws one picture of that size into `pixels`, with a stamp if there is one. Of sizes there should be few. Throws
  /// StartupError.
  FrameTimes draw(Size size, std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                  std::span<std::byte> pixels);

  [[nodiscard]] const EglContext& context() const { return context_; }
  [[nodiscard]] ReadbackMode readback() const { return way_; }

  /// The way it reads back and, where there was a choice, the milliseconds by which it was chosen.
  [[nodiscard]] const std::string& choice() const { return choice_; }

 private:
  /// Where pictures of one size are drawn.
  struct Target {
    explicit Target(Size its_size) : size(its_size), framebuffer(its_size) {}
    const Size size;
    const Framebuffer framebuffer;
    std::unique_ptr<FrameReadback> readback = {};
  };
  void choose(Target& target);
  [[nodiscard]] Target& target_of(Size size);
  FrameTimes draw(const Target& target, std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                  std::span<std::byte> pixels);

  const OffscreenTargetConfig config_;
  EglContext context_;
  std::list<Target> targets_;
  std::unique_ptr<Scene> scene_;
  ReadbackMode way_;
  std::string choice_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/pixel_format.hpp"

namespace cs {

/// Memory for one frame, on loan from the encode stage, in the pixel format it was created for. The destructor returns
/// it to the pool. One thread at a time.
class FrameMemory {
 public:
  virtual ~FrameMemory() = default;
  [[nodiscard]] virtual Size size() const = 0;
  [[nodiscard]] virtual std::span<std::byte> pixels() = 0;
};

/// A rendered frame and the time when its rendering began.
struct Frame {
  std::unique_ptr<FrameMemory> memory;
  TimePoint captured_at;
};

/// Receives frames: the encode stage. Render thread only.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  /// The frame rate that is currently wanted; it changes with the viewers. Never blocks.
  [[nodiscard]] virtual int fps() = 0;

  /// Returns memory for the next frame, of the currently wanted size. Null: the sink is busy or absent. Never blocks.
  [[nodiscard]] virtual std::unique_ptr<FrameMemory> acquire() = 0;
  /// Whether an encoder waits for a frame, also of an unchanged picture: for a keyframe. Never blocks.
  [[nodiscard]] virtual bool needs_frame() = 0;

  /// The scene has this size from now on; acquire() follows, if the sink can. May throw StartupError.
  virtual void resize(Size /*scene*/) {}

  /// The next frame becomes a keyframe of every stream, at the limited rate of keyframes.
  virtual void request_keyframe() {}
  /// Passes on a frame whose memory came from acquire() of this sink. Never blocks.
  virtual void push(Frame frame) = 0;
};

}  // namespace cs

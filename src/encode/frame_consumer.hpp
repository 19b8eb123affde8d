// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "cubestream/clock.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {

/// A reader of rendered frames: a stream's encoder or the snapshot encoder. level(): any thread; the rest: render
/// thread.
class FrameConsumer {
 public:
  virtual ~FrameConsumer() = default;

  /// Frame format it takes.
  [[nodiscard]] virtual FrameFormat format() const = 0;

  /// Changes the size of the frames that it takes. Must not block.
  virtual void resize(Size size) = 0;

  /// Its demand on the renderer. Any thread.
  [[nodiscard]] virtual Demand::Level level() const = 0;

  /// Whether it would take a frame now. If no consumer would, no frame is drawn. Must not block.
  [[nodiscard]] virtual bool has_room() = 0;

  /// Whether it waits for a frame even if the picture has not changed. Must not block.
  [[nodiscard]] virtual bool needs_frame() = 0;

  /// Makes its next frame a keyframe, as its producer wishes.
  virtual void request_keyframe() {}

  /// Passes a frame of its size, which other consumers read too. It ignores a frame it cannot use. Must not block.
  virtual void push(GstBuffer* frame, TimePoint captured_at) = 0;

  /// A frame was due but has_room() was false; implement it to count these.
  virtual void skip() {}
};

}  // namespace cs

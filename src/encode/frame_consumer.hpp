// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "cubestream/clock.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {

/// Who reads the rendered pictures: a stream's encoder, and who makes a still of one. format() and level() may be
/// asked by any thread, the rest is the render thread's.
class FrameConsumer {
 public:
  virtual ~FrameConsumer() = default;

  /// What it takes; constant. Any thread.
  [[nodiscard]] virtual FrameFormat format() const = 0;

  /// What it wants of the renderer.
  [[nodiscard]] virtual Demand::Level level() const = 0;

  /// Whether it would take a picture now. Without anybody who does, none is drawn. Must not block.
  [[nodiscard]] virtual bool has_room() = 0;

  /// A picture of its size, which others read too; one it has no room or no use for it leaves. Must not block.
  virtual void push(GstBuffer* picture, TimePoint captured_at) = 0;

  /// There was a picture, and it had no room for it; for who counts them.
  virtual void skip() {}
};

}  // namespace cs

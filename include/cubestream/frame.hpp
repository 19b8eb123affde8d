// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "cubestream/clock.hpp"

namespace cs {

/// Room for one picture, on loan from the encode stage: RGBA, 8 bits each, rows top down without padding. Destroying
/// it sends the memory home. One thread at a time.
class FrameMemory {
 public:
  virtual ~FrameMemory() = default;
  [[nodiscard]] virtual std::span<std::byte> pixels() = 0;
};

/// One drawn picture and the moment its drawing began.
struct Frame {
  std::unique_ptr<FrameMemory> memory;
  TimePoint captured_at;
};

/// Takes pictures: the encode stage. Render thread only.
class FrameSink {
 public:
  virtual ~FrameSink() = default;

  /// Memory for the next picture. Null when the sink is busy with earlier ones or not there at all: the picture is then
  /// not even drawn, and the sink has counted it. Never blocks.
  [[nodiscard]] virtual std::unique_ptr<FrameMemory> acquire() = 0;

  /// Hands over a picture whose memory came from this sink. Never blocks.
  virtual void push(Frame frame) = 0;
};

}  // namespace cs

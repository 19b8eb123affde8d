// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "gl/framebuffer.hpp"
#include "render/readback.hpp"

namespace cs {

/// Time spent in a readback.
struct ReadTimes {
  std::chrono::nanoseconds read_back;
  std::chrono::nanoseconds convert;
  bool is_complete = true;  ///< false: the driver failed and the memory does not hold this frame
};

/// Reads a frame from a framebuffer into memory. Tied to one GL context; render thread only.
class FrameReadback {
 public:
  virtual ~FrameReadback() = default;

  /// Reads the frame into `to`, which must hold a frame of the readback's size and pixel format.
  [[nodiscard]] virtual ReadTimes read(std::span<std::byte> to) = 0;
};

/// A readback of unconverted RGBA.
[[nodiscard]] std::unique_ptr<FrameReadback> make_rgba_readback(const Framebuffer& framebuffer, Size size);

/// A readback of I420, by a mode other than "automatic".
[[nodiscard]] std::unique_ptr<FrameReadback> make_i420_readback(ReadbackMode mode, const Framebuffer& framebuffer,
                                                                Size size);

}  // namespace cs

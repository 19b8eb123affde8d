// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/readback.hpp"
#include "gl/framebuffer.hpp"

namespace cs {

/// Where a readback spent its time; what the graphics card converts counts as reading back.
struct ReadTimes {
  std::chrono::nanoseconds read_back;
  std::chrono::nanoseconds convert;
  bool is_complete = true;  ///< false: the driver failed, and the memory does not hold this picture
};

/// Gets the picture out of a framebuffer. Lives in one GL context; render thread only.
class FrameReadback {
 public:
  virtual ~FrameReadback() = default;

  /// `to`: room for a picture of the size and pixel format that it was made for.
  [[nodiscard]] virtual ReadTimes read(std::span<std::byte> to) = 0;
};

/// The picture as it is, RGBA.
[[nodiscard]] std::unique_ptr<FrameReadback> make_rgba_readback(const Framebuffer& framebuffer, Size size);

/// The picture as I420, read in that way, which is not "automatic". Null: the way cannot be gone with that size, or
/// with this driver.
[[nodiscard]] std::unique_ptr<FrameReadback> make_i420_reader(ReadbackMode way, const Framebuffer& framebuffer,
                                                              Size size);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "cubestream/frame_format.hpp"
#include "gl/object.hpp"

namespace cs {

/// A GL pixel buffer: the driver copies pixels into it asynchronously. The context's thread only.
class PixelBuffer {
 public:
  explicit PixelBuffer(std::size_t bytes);
  ~PixelBuffer();
  PixelBuffer(const PixelBuffer&) = delete;
  PixelBuffer& operator=(const PixelBuffer&) = delete;

  /// Starts to copy `size` pixels of the bound framebuffer as RGBA. If GL has recorded an error by then, map() returns
  /// nothing.
  void read(Size size);

  /// Waits up to 1 s for the copy and maps it. Empty on failure, for example after the loss of the context.
  [[nodiscard]] std::span<const std::byte> map();
  /// False: the driver lost the data while it was mapped, so the data that was read is invalid.
  [[nodiscard]] bool unmap();

 private:
  const std::size_t bytes_;
  GlBuffer buffer_;
  GLsync copied_ = nullptr;
  bool is_read_ = false;  // false: the buffer holds an older frame, or none
};

}  // namespace cs

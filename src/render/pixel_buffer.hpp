// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "cubestream/frame_format.hpp"
#include "gl/object.hpp"

namespace cs {

/// Memory of the driver's that pixels are copied into without the processor waiting. The context's thread only.
class PixelBuffer {
 public:
  explicit PixelBuffer(std::size_t bytes);
  ~PixelBuffer();
  PixelBuffer(const PixelBuffer&) = delete;
  PixelBuffer& operator=(const PixelBuffer&) = delete;

  /// Begins to copy the bound framebuffer, RGBA, as much of it as that size. An error that GL has recorded by then
  /// makes map() return nothing.
  void read(Size size);

  /// Waits for the copy. Empty when it did not come, as after the loss of the context.
  [[nodiscard]] std::span<const std::byte> map();
  /// False: the driver lost what was mapped meanwhile, so that what was read of it means nothing.
  [[nodiscard]] bool unmap();

 private:
  const std::size_t bytes_;
  GlBuffer buffer_;
  GLsync copied_ = nullptr;
  bool is_read_ = false;  // without it the buffer has an earlier picture, or none
};

}  // namespace cs

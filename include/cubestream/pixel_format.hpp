// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "cubestream/frame_format.hpp"

namespace cs {

/// Pixel layout in memory, rows top down. I420, the encoders' input: a luma plane at full size and two chroma planes at
/// half the width and height, ITU-R BT.601 matrix, limited range (16 to 235).
enum class PixelFormat {
  i420,
  rgba  ///< 8 bits per channel, no padding
};

/// Plane layout of an I420 frame, the same as GStreamer's: rows are padded to multiples of four bytes.
struct I420Layout {
  std::size_t luma_stride;    ///< bytes from one row to the next
  std::size_t chroma_stride;  ///< of both chroma planes
  std::size_t u_offset;
  std::size_t v_offset;
  std::size_t bytes;
};

[[nodiscard]] constexpr I420Layout i420_layout(Size size) {
  const auto padded = [](int width) { return (static_cast<std::size_t>(width) + 3) / 4 * 4; };
  const std::size_t luma = padded(size.width);
  const std::size_t chroma = padded(size.width / 2);
  const auto rows = static_cast<std::size_t>(size.height);
  return {.luma_stride = luma,
          .chroma_stride = chroma,
          .u_offset = luma * rows,
          .v_offset = luma * rows + chroma * rows / 2,
          .bytes = luma * rows + chroma * rows};
}

/// Size of a frame in bytes.
[[nodiscard]] constexpr std::size_t frame_bytes(Size size, PixelFormat pixels) {
  if (pixels == PixelFormat::i420) return i420_layout(size).bytes;
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"

namespace cs {

/// How a picture lies in memory, rows top down. I420 is what encoders take: three planes, brightness at full size and
/// two of colour at half the width and height, with the matrix and the range of ITU-R BT.601, 16 to 235.
enum class PixelFormat {
  i420,
  rgba  ///< 8 bits each, without padding
};

/// Where the planes of an I420 picture are, which GStreamer lays out alike: rows are padded to multiples of four bytes.
struct I420Layout {
  std::size_t luma_stride;    ///< bytes from one row to the next
  std::size_t chroma_stride;  ///< of both colour planes
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

/// How much memory a picture takes.
[[nodiscard]] constexpr std::size_t frame_bytes(Size size, PixelFormat pixels) {
  if (pixels == PixelFormat::i420) return i420_layout(size).bytes;
  return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4;
}

/// Room for one picture, on loan from the encode stage, in the pixel format that it was made for. Destroying it sends
/// the memory home. One thread at a time.
class FrameMemory {
 public:
  virtual ~FrameMemory() = default;
  [[nodiscard]] virtual Size size() const = 0;
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

  /// How many pictures a second are wanted now; it changes with those who watch. Never blocks.
  [[nodiscard]] virtual int fps() = 0;

  /// Memory for the next picture, of the size that is wanted now. Null when the sink is busy with earlier ones or not
  /// there at all: the picture is then not even drawn, and the sink has counted it. Never blocks.
  [[nodiscard]] virtual std::unique_ptr<FrameMemory> acquire() = 0;

  /// Hands over a picture whose memory came from this sink. Never blocks.
  virtual void push(Frame frame) = 0;
};

}  // namespace cs

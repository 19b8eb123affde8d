// SPDX-License-Identifier: MIT
#include "producer/to_i420.hpp"

#include <libyuv/convert.h>

#include <algorithm>

#include "base/stamp_blocks.hpp"
#include "cubestream/frame.hpp"

namespace cs {

void to_i420(const ProducerFrames& frames, const SlotLayout& in, std::span<const std::byte> from,
             std::span<std::byte> to) {
  const Size size{frames.width, frames.height};
  const I420Layout out = i420_layout(size);
  const auto plane = [&](std::size_t i) {
    return reinterpret_cast<const std::uint8_t*>(from.data() + in.plane.at(i).offset);
  };
  const auto stride = [&](std::size_t i) { return static_cast<int>(in.plane.at(i).stride); };
  auto* const y = reinterpret_cast<std::uint8_t*>(to.data());
  std::uint8_t* const u = y + out.u_offset;
  std::uint8_t* const v = y + out.v_offset;
  const auto luma = static_cast<int>(out.luma_stride);
  const auto chroma = static_cast<int>(out.chroma_stride);
  const int rows = frames.is_bottom_up ? -size.height : size.height;  // libyuv flips for negative heights
  switch (frames.format) {
    case ProducerFormat::rgba:  // libyuv names the order in a little-endian word
      libyuv::ABGRToI420(plane(0), stride(0), y, luma, u, chroma, v, chroma, size.width, rows);
      break;
    case ProducerFormat::bgra:
      libyuv::ARGBToI420(plane(0), stride(0), y, luma, u, chroma, v, chroma, size.width, rows);
      break;
    case ProducerFormat::rgb:
      libyuv::RAWToI420(plane(0), stride(0), y, luma, u, chroma, v, chroma, size.width, rows);
      break;
    case ProducerFormat::i420:
      libyuv::I420Copy(plane(0), stride(0), plane(1), stride(1), plane(2), stride(2), y, luma, u, chroma, v, chroma,
                       size.width, rows);
      break;
    case ProducerFormat::nv12:
      libyuv::NV12ToI420(plane(0), stride(0), plane(1), stride(1), y, luma, u, chroma, v, chroma, size.width, rows);
      break;
  }
}

void stamp_i420(std::span<std::byte> i420, Size size, std::uint32_t stamp) {
  constexpr std::byte kBlack{16};
  constexpr std::byte kWhite{235};
  constexpr std::byte kGrey{128};
  const I420Layout layout = i420_layout(size);
  const auto side = static_cast<std::size_t>(size.width / kStampBlocksPerWidth);
  if (side > static_cast<std::size_t>(size.height)) return;
  const auto blocks = stamp_blocks(stamp);
  for (std::size_t row = 0; row < side; ++row)
    for (std::size_t i = 0; i < kStampBlocks; ++i)
      std::ranges::fill(i420.subspan(row * layout.luma_stride + i * side, side), blocks.at(i) ? kWhite : kBlack);
  const std::size_t width = (kStampBlocks * side + 1) / 2;
  for (std::size_t row = 0; row < (side + 1) / 2; ++row)
    for (const std::size_t plane : {layout.u_offset, layout.v_offset})
      std::ranges::fill(i420.subspan(plane + row * layout.chroma_stride, width), kGrey);
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "yuv/scale.hpp"

#include <libyuv/scale.h>

#include <cstdint>

#include "cubestream/frame.hpp"

namespace cs {

void scale_i420(std::span<const std::byte> from, Size from_size, std::span<std::byte> to, Size to_size) {
  const I420Layout in = i420_layout(from_size);
  const I420Layout out = i420_layout(to_size);
  const auto* const source = reinterpret_cast<const std::uint8_t*>(from.data());
  auto* const target = reinterpret_cast<std::uint8_t*>(to.data());
  const auto stride = [](std::size_t bytes) { return static_cast<int>(bytes); };
  libyuv::I420Scale(source, stride(in.luma_stride), source + in.u_offset, stride(in.chroma_stride),
                    source + in.v_offset, stride(in.chroma_stride), from_size.width, from_size.height, target,
                    stride(out.luma_stride), target + out.u_offset, stride(out.chroma_stride), target + out.v_offset,
                    stride(out.chroma_stride), to_size.width, to_size.height, libyuv::kFilterBox);
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "unixfd/yuv_to_bgra.hpp"

#include <libyuv/convert_argb.h>

#include <cstdint>

namespace cs {
namespace {

const libyuv::YuvConstants* constants_of(const YuvColours& colours) {
  switch (colours.matrix) {
    case YuvColours::Matrix::bt601:
      return colours.is_full_range ? &libyuv::kYuvJPEGConstants : &libyuv::kYuvI601Constants;
    case YuvColours::Matrix::bt709:
      return colours.is_full_range ? &libyuv::kYuvF709Constants : &libyuv::kYuvH709Constants;
    case YuvColours::Matrix::bt2020:
      return colours.is_full_range ? &libyuv::kYuvV2020Constants : &libyuv::kYuv2020Constants;
  }
  return &libyuv::kYuvI601Constants;
}

}  // namespace

bool YuvToBgra::is_needed(const CapsFrames& frames) {
  const ProducerFormat format = frames.frames.format;
  return (format == ProducerFormat::i420 || format == ProducerFormat::nv12) && frames.colours != YuvColours{};
}

ProducerFrames YuvToBgra::converted(ProducerFrames frames) {
  frames.format = ProducerFormat::bgra;
  return frames;
}

std::span<const std::byte> YuvToBgra::convert(const CapsFrames& frames, std::span<const std::byte> memory) {
  const ProducerFrames& in = frames.frames;
  const SlotLayout out = gstreamer_layout(converted(in));
  pixels_.resize(out.bytes);
  const auto plane = [&](std::size_t i) {
    return reinterpret_cast<const std::uint8_t*>(memory.data() + frames.layout.plane.at(i).offset);
  };
  const auto stride = [&](std::size_t i) { return static_cast<int>(frames.layout.plane.at(i).stride); };
  auto* const to = reinterpret_cast<std::uint8_t*>(pixels_.data());
  const auto to_stride = static_cast<int>(out.plane[0].stride);
  const libyuv::YuvConstants* const constants = constants_of(frames.colours);
  // libyuv names the order in a little-endian word: its ARGB is BGRA in memory.
  if (in.format == ProducerFormat::i420)
    libyuv::I420ToARGBMatrix(plane(0), stride(0), plane(1), stride(1), plane(2), stride(2), to, to_stride, constants,
                             in.width, in.height);
  else
    libyuv::NV12ToARGBMatrix(plane(0), stride(0), plane(1), stride(1), to, to_stride, constants, in.width, in.height);
  return pixels_;
}

}  // namespace cs

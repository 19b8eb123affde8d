// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cubestream/frame_format.hpp"

namespace cs {

enum class Codec { h264, vp8 };

/// All codecs, in order of preference.
inline constexpr std::array kCodecs = {Codec::h264, Codec::vp8};

/// The name of a codec in SDP (RFC 6184 for H.264, RFC 7741 for VP8).
[[nodiscard]] constexpr std::string_view encoding_name(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return "H264";
    case Codec::vp8:
      return "VP8";
  }
  return "";
}

/// An encoded stream: codec, size, frame rate and bit rate.
struct Stream {
  Codec codec = Codec::h264;
  FrameFormat format;
  int bitrate_kbps = 2500;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "cubestream/picture.hpp"

namespace cs {

enum class Codec { h264 };

/// The name of a codec in SDP (RFC 6184 for H.264).
[[nodiscard]] constexpr std::string_view encoding_name(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return "H264";
  }
  return "";
}

/// What is encoded: one codec at one size and rate.
struct Stream {
  Codec codec = Codec::h264;
  PictureFormat format;
  int bitrate_kbps = 2500;
};

}  // namespace cs

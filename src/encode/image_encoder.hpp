// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <string>
#include <string_view>

#include "cubestream/frame_format.hpp"

namespace cs {

enum class ImageType { jpeg, png };

[[nodiscard]] constexpr std::string_view media_type(ImageType type) {
  return type == ImageType::jpeg ? "image/jpeg" : "image/png";
}

/// The picture, I420 of that format, as a file of that type. Works on the calling thread alone and starts no other, so
/// that whoever calls decides what comes first; a large PNG takes seconds. Throws StartupError. Any thread.
[[nodiscard]] std::string encode_image(ImageType type, GstBuffer* picture, const FrameFormat& format);

}  // namespace cs

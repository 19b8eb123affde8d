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

/// Encodes an I420 frame as an image file. Runs on the calling thread only, so the caller controls the priority; a
/// large PNG takes seconds. Throws StartupError. Any thread.
[[nodiscard]] std::string encode_image(ImageType type, GstBuffer* frame, const FrameFormat& format);

}  // namespace cs

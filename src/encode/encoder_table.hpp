// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/stream.hpp"

namespace cs {

/// An element that encodes I420, and how it is set up for the lowest latency. Adding an encoder is adding a row; the
/// rows are tried in their order.
struct EncoderRow {
  std::string_view factory;  ///< also its name in CS_ENCODER
  std::string_view package;  ///< the Debian package that brings it
  Codec codec;
  Size largest;        ///< what the element can encode at most, either way up
  const char* output;  ///< caps it must produce: complete access units, parameter sets before each keyframe
  void (*set_up)(GstElement* encoder, const Stream& stream);
};

[[nodiscard]] std::span<const EncoderRow> encoder_table();

/// Names of all rows, for the settings.
[[nodiscard]] std::vector<std::string> encoder_names();

/// Whether it is the name of a row of that codec.
[[nodiscard]] bool is_encoder_of(std::string_view name, Codec codec);

/// The rows that may encode `stream` with the setting CS_ENCODER=`name`: that one if it is of the stream's codec, else
/// all that are installed and fit, best first. Throws Fatal with the way out when none is left.
[[nodiscard]] std::vector<const EncoderRow*> candidate_encoders(std::string_view name, const Stream& stream);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/stream.hpp"

namespace cs {

/// What stands behind an element.
enum class EncoderKind {
  software,
  /// A device and its driver, which may hang or crash: tried in a process of its own. The element exists only where the
  /// device does; what it makes is tidied by h264parse.
  hardware,
};

/// How an element is told what to do, for the lowest latency.
struct EncoderControls {
  /// Before it starts.
  void (*set_up)(GstElement* encoder, const Stream& stream);
  /// Another bit rate, from its next picture on. Any thread.
  void (*set_bitrate)(GstElement* encoder, int kbps);
  /// For an element that does not hear GStreamer's request for a keyframe; called before the picture, by the render
  /// thread. Null: it hears.
  void (*ask_keyframe)(GstElement* encoder) = nullptr;
};

/// An element that encodes, and how it is handled. It gets I420, or where it takes none of that,
/// what videoconvert makes of it. Adding an encoder is adding a row; the rows are tried in their order.
struct EncoderRow {
  std::string_view factory;  ///< also its name in CS_ENCODER
  std::string_view plugin;   ///< GStreamer's name for the plug-in that has it
  std::string_view package;  ///< the Debian package that brings it
  Codec codec;
  EncoderKind kind;
  Size largest;        ///< what the element can encode at most, either way up
  const char* output;  ///< caps it must produce: complete access units, parameter sets before each keyframe
  EncoderControls controls;
  /// Whether the level must be asked for, since the driver would take another.
  bool names_level = false;
  /// The x of the GStreamer 1.x that removed the element, and with it the package; 0: it is there.
  unsigned removed_in = 0;
  std::string_view successor = {};  ///< the element to use instead of a removed one
};

[[nodiscard]] std::span<const EncoderRow> encoder_table();

/// Names of all rows, for the settings.
[[nodiscard]] std::vector<std::string> encoder_names();

/// Whether it is the name of a row of that codec.
[[nodiscard]] bool is_encoder_of(std::string_view name, Codec codec);

/// The row of that name; null: there is none.
[[nodiscard]] const EncoderRow* encoder_row(std::string_view name);

}  // namespace cs

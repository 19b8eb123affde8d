// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cubestream/stream.hpp"

namespace cs {

/// Implementation behind an encoder element.
enum class EncoderKind {
  software,
  /// A device and its driver, which may hang or crash: probed in a subprocess. The element exists only if the device
  /// does; h264parse normalises its output.
  hardware,
};

/// Functions that configure an element for the lowest latency.
struct EncoderControls {
  /// Called before the element starts.
  void (*set_up)(GstElement* encoder, const Stream& stream);
  /// Changes the bit rate from the next frame on. Any thread.
  void (*set_bitrate)(GstElement* encoder, int kbps);
  /// For an element that ignores GStreamer's keyframe request event; called before the frame, on the render thread.
  /// Null: the event works.
  void (*ask_keyframe)(GstElement* encoder) = nullptr;
};

/// One encoder element. It gets I420, or the output of videoconvert if it does not take I420. To add an encoder, add a
/// row to encoder_table.cpp or hardware.cpp; the rows are tried in order.
struct EncoderRow {
  std::string_view factory;  ///< element name, also its name in CS_ENCODER
  std::string_view plugin;   ///< name of the GStreamer plugin
  std::string_view package;  ///< Debian package of the plugin
  Codec codec;
  EncoderKind kind;
  Size largest;        ///< maximum size, landscape or portrait
  const char* output;  ///< caps to negotiate: complete access units, parameter sets before each keyframe
  EncoderControls controls;
  /// Whether the caps must name the H.264 level, because the driver's default may be wrong.
  bool names_level = false;
  /// The x of the GStreamer 1.x that removed the element and its package; 0: not removed.
  unsigned removed_in = 0;
  std::string_view successor = {};  ///< replacement for a removed element
};

/// All encoders: hardware first. Any thread.
[[nodiscard]] std::span<const EncoderRow> encoder_table();

/// Names of all encoders, for the settings.
[[nodiscard]] std::vector<std::string> encoder_names();

/// Whether `name` is an encoder of that codec.
[[nodiscard]] bool is_encoder_of(std::string_view name, Codec codec);

/// Finds an encoder by name; null if there is none.
[[nodiscard]] const EncoderRow* encoder_row(std::string_view name);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <variant>

#include "producer/producer_frames.hpp"

namespace cs {

/// How the colours of a frame are written.
struct YuvColours {
  enum class Matrix { bt601, bt709, bt2020 };
  Matrix matrix = Matrix::bt601;
  bool is_full_range = false;
  bool operator==(const YuvColours&) const = default;
};

/// The end of a sentence about frames in dmabuf memory.
inline constexpr const char* kSendsDmabuf =
    "sends frames in dmabuf memory, which is not read; add ! videoconvert ! video/x-raw,format=I420, or gldownload or "
    "vapostproc with video/x-raw, before unixfdsink";

/// The frames of a GStreamer stream, as its caps describe them.
struct CapsFrames {
  ProducerFrames frames;
  SlotLayout layout;   ///< GStreamer's default for this format and size
  YuvColours colours;  ///< of I420 and NV12
};

/// Parses what gst_caps_to_string() made of fixed caps. Accepts any input; GStreamer's own parser would keep each
/// unknown name forever. Returns nothing for the caps of a stream that has not begun ("NULL"), or the rest of a
/// sentence that begins with the sender's name. Pure.
[[nodiscard]] std::variant<CapsFrames, ProducerError, std::monostate> parse_unixfd_caps(std::string_view caps);

/// The rows and planes that GStreamer gives a frame of this format and even size. Pure.
[[nodiscard]] SlotLayout gstreamer_layout(const ProducerFrames& frames);

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "encode/encoder_table.hpp"

#include <algorithm>
#include <thread>

#include "base/error.hpp"
#include "gst/gstreamer.hpp"

namespace cs {
namespace {

constexpr const char* kH264 = "video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline";
constexpr int kKbit = 1000;

int slices() {
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 4U));
}

/// Slices in parallel rather than frames in parallel, which costs a frame of latency each; nothing looks ahead; a
/// buffer of one and a half pictures, so that no picture takes much longer to send than another; no periodic
/// keyframes, since they come on demand.
void set_up_x264(GstElement* encoder, const Stream& stream) {
  gst_util_set_object_arg(G_OBJECT(encoder), "tune", "zerolatency");
  gst_util_set_object_arg(G_OBJECT(encoder), "speed-preset", "ultrafast");
  g_object_set(encoder, "bitrate", stream.bitrate_kbps, "vbv-buf-capacity", 1500 / stream.format.fps, "key-int-max",
               1 << 30, "byte-stream", TRUE, "aud", FALSE, "sliced-threads", TRUE, "threads", slices(), "bframes", 0,
               "b-adapt", FALSE, "rc-lookahead", 0, "sync-lookahead", 0, "mb-tree", FALSE, nullptr);
}

void set_up_openh264(GstElement* encoder, const Stream& stream) {
  gst_util_set_object_arg(G_OBJECT(encoder), "rate-control", "bitrate");
  gst_util_set_object_arg(G_OBJECT(encoder), "complexity", "low");
  gst_util_set_object_arg(G_OBJECT(encoder), "slice-mode", "n-slices");
  g_object_set(encoder, "bitrate", stream.bitrate_kbps * kKbit, "max-bitrate", stream.bitrate_kbps * kKbit * 3 / 2,
               "gop-size", 0, "multi-thread", slices(), "num-slices", slices(), "enable-frame-skip", FALSE,
               "scene-change-detection", FALSE, "background-detection", FALSE, nullptr);
}

/// As libwebrtc sets it up for video calls: real time before quality, a steady rate, nothing looks ahead, and no
/// keyframe that nobody asked for.
void set_up_vp8(GstElement* encoder, const Stream& stream) {
  gst_util_set_object_arg(G_OBJECT(encoder), "end-usage", "cbr");
  gst_util_set_object_arg(G_OBJECT(encoder), "keyframe-mode", "disabled");
  g_object_set(encoder, "target-bitrate", stream.bitrate_kbps * kKbit, "deadline", gint64{1}, "cpu-used", 8, "threads",
               slices(), "lag-in-frames", 0, "auto-alt-ref", FALSE, "min-quantizer", 2, "max-quantizer", 56,
               "undershoot", 100, "overshoot", 15, "buffer-initial-size", 500, "buffer-optimal-size", 600,
               "buffer-size", 1000, "max-intra-bitrate", 300, "resize-allowed", FALSE, "dropframe-threshold", 0,
               nullptr);
}

constexpr EncoderRow kRows[] = {
    {"x264enc", "gstreamer1.0-plugins-ugly", Codec::h264, {7680, 4320}, kH264, set_up_x264},
    {"openh264enc", "gstreamer1.0-plugins-bad", Codec::h264, {3840, 2160}, kH264, set_up_openh264},
    {"vp8enc", "gstreamer1.0-plugins-good", Codec::vp8, {16383, 16383}, "video/x-vp8", set_up_vp8},
};

bool fits(const EncoderRow& row, Size size) {
  const auto [short_side, long_side] = std::minmax(size.width, size.height);
  return long_side <= row.largest.width && short_side <= row.largest.height;
}

/// Why this row cannot encode the stream, as a sentence; empty when it can.
std::string obstacle(const EncoderRow& row, const Stream& stream) {
  const std::string name = "encoder \"" + std::string(row.factory) + "\"";
  if (!has_element(row.factory)) return name + " is not installed (package " + std::string(row.package) + ")";
  if (!fits(row, stream.format.size))
    return name + " encodes at most " + std::to_string(row.largest.width) + "x" + std::to_string(row.largest.height);
  return {};
}

}  // namespace

std::span<const EncoderRow> encoder_table() {
  return kRows;
}

std::vector<std::string> encoder_names() {
  std::vector<std::string> names;
  for (const EncoderRow& row : kRows) names.emplace_back(row.factory);
  return names;
}

bool is_encoder_of(std::string_view name, Codec codec) {
  return std::ranges::any_of(kRows, [&](const EncoderRow& row) { return row.factory == name && row.codec == codec; });
}

std::vector<const EncoderRow*> candidate_encoders(std::string_view name, const Stream& stream) {
  const bool automatic = !is_encoder_of(name, stream.codec);
  std::vector<const EncoderRow*> candidates;
  std::string obstacles;
  for (const EncoderRow& row : kRows) {
    if (row.codec != stream.codec || (!automatic && row.factory != name)) continue;
    const std::string why_not = obstacle(row, stream);
    if (why_not.empty())
      candidates.push_back(&row);
    else
      obstacles += (obstacles.empty() ? "" : "; ") + why_not;
  }
  if (candidates.empty()) throw Fatal(obstacles + (automatic ? "" : "; or set CS_ENCODER=auto"));
  return candidates;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "encoder/encoder_table.hpp"

#include <algorithm>
#include <thread>

#include "cubestream/h264_level.hpp"
#include "encoder/hardware.hpp"

namespace cs {
namespace {

constexpr const char* kH264 = "video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline";
constexpr const char* kBad = "gstreamer1.0-plugins-bad";
constexpr const char* kGood = "gstreamer1.0-plugins-good";
constexpr int kKbit = 1000;

int slices() {
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 4U));
}

/// With this small VBV buffer, x264 uses about three quarters of its rate: set to 4000 kbit/s, it produces 2900 for the
/// cube, 2500 for noise and 3200 for test bars. This factor compensates.
constexpr int for_x264(int kbps) {
  return kbps * 4 / 3;
}

void set_bitrate_of_x264(GstElement* encoder, int kbps) {
  g_object_set(encoder, "bitrate", static_cast<guint>(for_x264(kbps)), nullptr);
}

/// Slice threads, because frame threads add a frame of latency each; no lookahead; a VBV buffer of 1.5 frames, so that
/// no frame takes much longer to send than another; no periodic keyframes, because they are made on demand.
void set_up_x264(GstElement* encoder, const Stream& stream) {
  gst_util_set_object_arg(G_OBJECT(encoder), "tune", "zerolatency");
  gst_util_set_object_arg(G_OBJECT(encoder), "speed-preset", "ultrafast");
  // At most the maximum of the stream's level; otherwise x264 signals a higher level.
  const auto level = h264_level(stream.format, stream.bitrate_kbps);
  const int most = std::max(stream.bitrate_kbps, level ? level->max_bitrate_kbps : 0);
  g_object_set(encoder, "bitrate", std::min(for_x264(stream.bitrate_kbps), most), "vbv-buf-capacity",
               1500 / stream.format.fps, "key-int-max", 1 << 30, "byte-stream", TRUE, "aud", FALSE, "sliced-threads",
               TRUE, "threads", slices(), "bframes", 0, "b-adapt", FALSE, "rc-lookahead", 0, "sync-lookahead", 0,
               "mb-tree", FALSE, nullptr);
}

/// max-bitrate must never be below bitrate, or openh264 rejects both. It may make a keyframe if the level changes.
void set_bitrate_of_openh264(GstElement* encoder, int kbps) {
  const auto aim = static_cast<guint>(kbps * kKbit);
  const guint most = aim / 2 * 3;
  guint most_before = 0;
  g_object_get(encoder, "max-bitrate", &most_before, nullptr);
  if (most > most_before) g_object_set(encoder, "max-bitrate", most, nullptr);
  g_object_set(encoder, "bitrate", aim, nullptr);
  if (most < most_before) g_object_set(encoder, "max-bitrate", most, nullptr);
}

void set_up_openh264(GstElement* encoder, const Stream& stream) {
  gst_util_set_object_arg(G_OBJECT(encoder), "rate-control", "bitrate");
  gst_util_set_object_arg(G_OBJECT(encoder), "complexity", "low");
  gst_util_set_object_arg(G_OBJECT(encoder), "slice-mode", "n-slices");
  g_object_set(encoder, "bitrate", stream.bitrate_kbps * kKbit, "max-bitrate", stream.bitrate_kbps * kKbit * 3 / 2,
               "gop-size", 0, "multi-thread", slices(), "num-slices", slices(), "enable-frame-skip", FALSE,
               "scene-change-detection", FALSE, "background-detection", FALSE, nullptr);
}

void set_bitrate_of_vp8(GstElement* encoder, int kbps) {
  g_object_set(encoder, "target-bitrate", kbps * kKbit, nullptr);
}

/// Settings of libwebrtc for video calls: real time before quality, constant bit rate, no lookahead, keyframes only on
/// request.
void set_up_vp8(GstElement* encoder, const Stream& stream) {
  gst_util_set_object_arg(G_OBJECT(encoder), "end-usage", "cbr");
  gst_util_set_object_arg(G_OBJECT(encoder), "keyframe-mode", "disabled");
  g_object_set(encoder, "target-bitrate", stream.bitrate_kbps * kKbit, "deadline", gint64{1}, "cpu-used", 8, "threads",
               slices(), "lag-in-frames", 0, "auto-alt-ref", FALSE, "min-quantizer", 2, "max-quantizer", 56,
               "undershoot", 100, "overshoot", 15, "buffer-initial-size", 500, "buffer-optimal-size", 600,
               "buffer-size", 1000, "max-intra-bitrate", 300, "resize-allowed", FALSE, "dropframe-threshold", 0,
               nullptr);
}

constexpr EncoderControls kX264 = {set_up_x264, set_bitrate_of_x264};
constexpr EncoderControls kOpenH264 = {set_up_openh264, set_bitrate_of_openh264};
constexpr EncoderControls kVp8 = {set_up_vp8, set_bitrate_of_vp8};

constexpr EncoderKind kSoft = EncoderKind::software;

/// The encoders in software. Those in hardware are in hardware.cpp.
constexpr EncoderRow kSoftware[] = {
    {"x264enc", "x264", "gstreamer1.0-plugins-ugly", Codec::h264, kSoft, {7680, 4320}, kH264, kX264},
    {"openh264enc", "openh264", kBad, Codec::h264, kSoft, {3840, 2160}, kH264, kOpenH264},
    {"vp8enc", "vpx", kGood, Codec::vp8, kSoft, {16383, 16383}, "video/x-vp8", kVp8},
};

}  // namespace

std::span<const EncoderRow> encoder_table() {
  static const std::vector<EncoderRow> rows = [] {
    const auto hardware = hardware_encoders();
    std::vector<EncoderRow> all(hardware.begin(), hardware.end());
    all.insert(all.end(), std::begin(kSoftware), std::end(kSoftware));
    return all;
  }();
  return rows;
}

std::vector<std::string> encoder_names() {
  std::vector<std::string> names;
  for (const EncoderRow& row : encoder_table()) names.emplace_back(row.factory);
  return names;
}

bool is_encoder_of(std::string_view name, Codec codec) {
  const EncoderRow* row = encoder_row(name);
  return row != nullptr && row->codec == codec;
}

const EncoderRow* encoder_row(std::string_view name) {
  const auto rows = encoder_table();
  const auto found = std::ranges::find(rows, name, &EncoderRow::factory);
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace cs

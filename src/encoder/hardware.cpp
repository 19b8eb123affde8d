// SPDX-License-Identifier: MIT
#include "encoder/hardware.hpp"

#include <algorithm>
#include <string>

#include "encoder/properties.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

// The settings are for the lowest latency, as far as each version supports them: no B-frames, one reference frame,
// constant bit rate with a buffer of 1.5 frames, no lookahead, keyframes on demand, the fastest preset. Not tested on
// real devices yet; the property names are those of GStreamer 1.22 to 1.26.

/// An encoder may label Constrained Baseline as Baseline; the probe checks the stream (h264_conformance.hpp).
constexpr const char* kHardwareH264 =
    "video/x-h264,stream-format=byte-stream,alignment=au,profile={(string)constrained-baseline,(string)baseline}";
constexpr const char* kBad = "gstreamer1.0-plugins-bad";
constexpr const char* kOld = "gstreamer1.0-vaapi";
constexpr const char* kGood = "gstreamer1.0-plugins-good";

std::string vbv_kbit(const Stream& stream) {
  return std::to_string(std::max(1, stream.bitrate_kbps * 3 / 2 / stream.format.fps));
}

/// NVIDIA's NVENC, both generations of the plugin.
void set_up_nvenc(GstElement* encoder, const Stream& stream) {
  const std::string rate = std::to_string(stream.bitrate_kbps);
  set_properties(encoder, {
                              {"preset", "low-latency-hp"},  // replaced by the next line since 1.24
                              {"preset", "p1"},
                              {"tune", "ultra-low-latency"},
                              {"rate-control", "cbr"},  // until 1.24
                              {"rc-mode", "cbr"},       // the same, in nvh264enc and since 1.26
                              {"bitrate", rate},
                              {"max-bitrate", rate},
                              {"vbv-buffer-size", vbv_kbit(stream)},
                              {"gop-size", "-1"},
                              {"b-frames", "0"},
                              {"bframes", "0"},
                              {"rc-lookahead", "0"},
                              {"zero-reorder-delay", "true"},
                              {"zerolatency", "true"},
                              {"cabac", "false"},
                              {"aud", "false"},
                              {"repeat-sequence-header", "true"},
                          });
}

void set_bitrate_of_nvenc(GstElement* encoder, int kbps) {
  set_properties(encoder, {{"max-bitrate", std::to_string(kbps)}, {"bitrate", std::to_string(kbps)}});
}

/// VA-API with the plugin "va". It makes a keyframe every 1024 frames; this cannot be switched off.
void set_up_va(GstElement* encoder, const Stream& stream) {
  set_properties(encoder, {
                              {"rate-control", "cbr"},
                              {"bitrate", std::to_string(stream.bitrate_kbps)},
                              {"cpb-size", vbv_kbit(stream)},
                              {"key-int-max", "1024"},  // the maximum; 0 means once a second
                              {"b-frames", "0"},
                              {"ref-frames", "1"},
                              {"target-usage", "7"},
                              {"cabac", "false"},  // this and the next: required for Baseline
                              {"dct8x8", "false"},
                              {"trellis", "false"},
                              {"aud", "false"},
                          });
}

/// VA-API with the older plugin "vaapi".
void set_up_vaapi(GstElement* encoder, const Stream& stream) {
  set_properties(encoder, {
                              {"rate-control", "cbr"},
                              {"bitrate", std::to_string(stream.bitrate_kbps)},
                              {"cpb-length", std::to_string(std::max(1, 1500 / stream.format.fps))},  // ms
                              {"keyframe-period", std::to_string(1 << 30)},
                              {"max-bframes", "0"},
                              {"refs", "1"},
                              {"quality-level", "7"},
                              {"cabac", "false"},
                              {"dct8x8", "false"},
                              {"aud", "false"},
                          });
}

/// For both VA-API plugins.
void set_bitrate_of_va(GstElement* encoder, int kbps) {
  set_properties(encoder, {{"bitrate", std::to_string(kbps)}});
}

/// Video4Linux; set through the driver's controls.
void set_up_v4l2(GstElement* encoder, const Stream& stream) {
  set_properties(
      encoder,
      {{"extra-controls", "controls,video_bitrate_mode=1,video_bitrate=" + std::to_string(stream.bitrate_kbps * 1000) +
                              ",repeat_sequence_header=1,h264_i_frame_period=" + std::to_string(1 << 30)}});
}

void set_bitrate_of_v4l2(GstElement* encoder, int kbps) {
  set_properties(encoder, {{"extra-controls", "controls,video_bitrate=" + std::to_string(kbps * 1000)}});
}

/// Requests a keyframe through the driver's control: before 1.24 the element ignores the keyframe event.
void ask_v4l2_keyframe(GstElement* encoder) {
  set_properties(encoder, {{"extra-controls", "controls,force_key_frame=1"}});
}

constexpr EncoderControls kNvenc = {set_up_nvenc, set_bitrate_of_nvenc};
constexpr EncoderControls kVa = {set_up_va, set_bitrate_of_va};
constexpr EncoderControls kVaapi = {set_up_vaapi, set_bitrate_of_va};
constexpr EncoderControls kV4l2 = {set_up_v4l2, set_bitrate_of_v4l2, ask_v4l2_keyframe};
constexpr EncoderKind kHard = EncoderKind::hardware;

constexpr EncoderRow kRows[] = {
    // NVIDIA: with CUDA, with automatic choice of the GPU, and the element of GStreamer before 1.22.
    {"nvcudah264enc", "nvcodec", kBad, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kNvenc},
    {"nvautogpuh264enc", "nvcodec", kBad, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kNvenc},
    {"nvh264enc", "nvcodec", kBad, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kNvenc},
    // Intel and AMD: shader-based, fixed-function (low power), and the older plugin.
    {"vah264enc", "va", kBad, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kVa},
    {"vah264lpenc", "va", kBad, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kVa},
    {"vaapih264enc", "vaapi", kOld, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kVaapi, false, 28, "vah264enc"},
    // Single-board computers.
    {"v4l2h264enc", "video4linux2", kGood, Codec::h264, kHard, {4096, 4096}, kHardwareH264, kV4l2, true},
};

}  // namespace

std::span<const EncoderRow> hardware_encoders() {
  return kRows;
}

}  // namespace cs

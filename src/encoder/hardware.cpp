// SPDX-License-Identifier: MIT
#include "encoder/hardware.hpp"

#include <algorithm>
#include <string>

#include "encoder/properties.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

std::string vbv_kbit(const Stream& stream) {
  return std::to_string(std::max(1, stream.bitrate_kbps * 3 / 2 / stream.format.fps));
}

}  // namespace

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

void set_bitrate_of_va(GstElement* encoder, int kbps) {
  set_properties(encoder, {{"bitrate", std::to_string(kbps)}});
}

void set_up_v4l2(GstElement* encoder, const Stream& stream) {
  set_properties(
      encoder,
      {{"extra-controls", "controls,video_bitrate_mode=1,video_bitrate=" + std::to_string(stream.bitrate_kbps * 1000) +
                              ",repeat_sequence_header=1,h264_i_frame_period=" + std::to_string(1 << 30)}});
}

void set_bitrate_of_v4l2(GstElement* encoder, int kbps) {
  set_properties(encoder, {{"extra-controls", "controls,video_bitrate=" + std::to_string(kbps * 1000)}});
}

void ask_v4l2_keyframe(GstElement* encoder) {
  set_properties(encoder, {{"extra-controls", "controls,force_key_frame=1"}});
}

}  // namespace cs

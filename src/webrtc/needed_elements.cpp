// SPDX-License-Identifier: MIT
#include "webrtc/needed_elements.hpp"

namespace cs {
namespace {

constexpr NeededElement kNeeded[] = {
    {"appsrc", "gstreamer1.0-plugins-base"},     {"appsink", "gstreamer1.0-plugins-base"},
    {"rtpbin", "gstreamer1.0-plugins-good"},     {"webrtcbin", "gstreamer1.0-plugins-bad"},
    {"dtlssrtpenc", "gstreamer1.0-plugins-bad"}, {"srtpenc", "gstreamer1.0-plugins-bad"},
    {"sctpenc", "gstreamer1.0-plugins-bad"},     {"nicesink", "gstreamer1.0-nice"}};

}  // namespace

std::span<const NeededElement> viewer_elements() {
  return kNeeded;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "service/codec_order.hpp"

#include <algorithm>

#include "cubestream/h264_level.hpp"

namespace cs {

void prefer_what_browsers_show(std::vector<Channel>& channels, const FrameFormat& format, int bitrate_kbps) {
  if (browsers_show_h264(format, bitrate_kbps)) return;
  std::ranges::stable_partition(channels, [](const Channel& each) { return each.stream.codec != Codec::h264; });
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "cubestream/frame_format.hpp"
#include "cubestream/subscription.hpp"

namespace cs {

/// Moves channels of H.264 behind the others if browsers do not show H.264 of that format and bit rate. An offer that
/// takes several codecs gets the first of them. Pure.
void prefer_what_browsers_show(std::vector<Channel>& channels, const FrameFormat& format, int bitrate_kbps);

}  // namespace cs

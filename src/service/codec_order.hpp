// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "cubestream/frame_format.hpp"
#include "cubestream/subscription.hpp"

namespace cs {

/// Moves the H.264 channels to the end if browsers do not show H.264 of that format and bit rate. An offer with several
/// codecs gets the first channel that matches. Pure.
void prefer_what_browsers_show(std::vector<Channel>& channels, const FrameFormat& format, int bitrate_kbps);

}  // namespace cs

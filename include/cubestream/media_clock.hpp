// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Maps a track's RTP timestamps (RFC 3550; 90 kHz, modulo 2^32) to the server's clock: the frame whose rendering began
/// at `time` carries `rtp_timestamp`. The client uses it to compute the age of a frame.
struct MediaClock {
  std::uint32_t rtp_timestamp = 0;
  TimePoint time;
};

}  // namespace cs

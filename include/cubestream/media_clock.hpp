// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Ties a track's RTP timestamps (RFC 3550; 90 kHz, modulo 2^32) to the server's clock: the picture whose drawing began
/// at `time` carries `rtp_timestamp`. With it a viewer knows how old a picture is.
struct MediaClock {
  std::uint32_t rtp_timestamp = 0;
  TimePoint time;
};

}  // namespace cs

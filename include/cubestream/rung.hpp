// SPDX-License-Identifier: MIT
#pragma once

#include "cubestream/frame_format.hpp"

namespace cs {

/// A step of the ladder: one size and rate at which the scene is encoded, and the bit rates that suit it.
struct Rung {
  FrameFormat format;
  int least_kbps = 0;  ///< with less a smaller picture looks better
  int most_kbps = 0;
  bool operator==(const Rung&) const = default;
};

}  // namespace cs

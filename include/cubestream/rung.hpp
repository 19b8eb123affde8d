// SPDX-License-Identifier: MIT
#pragma once

#include "cubestream/frame_format.hpp"

namespace cs {

/// A rung of the ladder: a size and frame rate of the encoded scene, and its bit rate range.
struct Rung {
  FrameFormat format;
  int least_kbps = 0;  ///< below it, a smaller size looks better
  int most_kbps = 0;
  bool operator==(const Rung&) const = default;
};

}  // namespace cs

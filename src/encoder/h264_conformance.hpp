// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cubestream/access_unit.hpp"

namespace cs {

/// Checks an H.264 access unit against the profile in the SDP answers. Returns the violation as a clause ("it makes
/// H.264 profile 100, …"); empty: it conforms. A keyframe must be an IDR picture after its parameter sets, and these
/// must describe Constrained Baseline: by that name, or Baseline without the tools that only Baseline has. Other frames
/// must not be IDR pictures. Pure.
[[nodiscard]] std::string h264_violation(const AccessUnit& unit);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cubestream/access_unit.hpp"

namespace cs {

/// What of an H.264 access unit breaks what our answers promise, as half a sentence ("it makes the profile High, …");
/// empty: nothing does. A keyframe must be an IDR picture with its parameter sets before it, and what they describe
/// must be Constrained Baseline: by that name, or Baseline without the tools that nobody has but Baseline. Others must
/// be no IDR picture. Pure.
[[nodiscard]] std::string h264_violation(const AccessUnit& unit);

}  // namespace cs

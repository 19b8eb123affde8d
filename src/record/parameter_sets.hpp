// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "cubestream/access_unit.hpp"

namespace cs {

/// Returns the parameter sets (SPS and PPS, ITU-T H.264, 7.3.2) of a keyframe, concatenated. They differ if another
/// encoder made the keyframe; one file cannot hold both streams. Pure.
[[nodiscard]] inline std::vector<std::byte> parameter_sets(const AccessUnit& unit) {
  std::vector<std::byte> sets;
  for (const auto& nal : unit.parts) {
    const auto type = nal.empty() ? 0U : std::to_integer<unsigned>(nal.front()) & 0x1fU;
    if (type == 7 || type == 8) sets.insert(sets.end(), nal.begin(), nal.end());
  }
  return sets;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace cs {

/// When frames carry their capture time as a machine-readable row of black and white blocks.
enum class FrameStamp {
  never,
  always,
  asked  ///< while a client requests it
};

/// The setting's values, in the order of FrameStamp.
inline constexpr std::array<std::string_view, 3> kFrameStamps = {"0", "1", "asked"};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace cs {

/// When pictures carry the time of their drawing as a row of black and white blocks, for programs to read.
enum class FrameStamp {
  never,
  always,
  asked  ///< while a client asks for it
};

/// Their names, in that order.
inline constexpr std::array<std::string_view, 3> kFrameStamps = {"0", "1", "asked"};

}  // namespace cs

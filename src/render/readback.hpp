// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace cs {

/// How a rendered frame is read from GL and converted to I420.
enum class ReadbackMode {
  automatic,  ///< the fastest of the other modes on this machine, measured at start
  direct,     ///< direct read, converted by the CPU: best with software GL
  buffered    ///< copied into a pixel buffer object by the GPU, converted by the CPU
};

/// The setting's values, in the order of ReadbackMode.
inline constexpr std::array<std::string_view, 3> kReadbacks = {"auto", "direct", "buffered"};

}  // namespace cs

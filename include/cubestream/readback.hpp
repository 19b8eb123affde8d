// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace cs {

/// How a drawn picture gets out of GL and becomes I420.
enum class ReadbackMode {
  automatic,  ///< whichever of the others is the fastest on this machine, measured at start
  direct,     ///< read as it is, converted by the processor: best where GL itself is software
  buffered,   ///< copied into a pixel buffer by the graphics card, converted from there by the processor
  shader      ///< converted by the graphics card, copied as I420, which is less than half as much
};

/// Their names, in that order.
inline constexpr std::array<std::string_view, 4> kReadbacks = {"auto", "direct", "buffered", "shader"};

}  // namespace cs

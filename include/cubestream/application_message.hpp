// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace cs {

/// Messages between the page's application and the program that draws are JSON texts of at most this size.
inline constexpr std::size_t kMaxApplicationBytes = 16 * 1024;

}  // namespace cs

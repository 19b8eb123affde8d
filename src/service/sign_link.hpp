// SPDX-License-Identifier: MIT
#pragma once

#include "config/command_line.hpp"
#include "config/settings.hpp"

namespace cs {

/// Prints the address that the wish is about, or why there is none; the exit code. Main thread only.
[[nodiscard]] int sign_link(const Parsed& parsed, const LinkWish& wish);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include "config/command_line.hpp"
#include "config/settings.hpp"

namespace cs {

/// Prints the signed link, or an error. Returns the exit code of the process. Main thread only.
[[nodiscard]] int sign_link(const Parsed& parsed, const LinkWish& wish);

}  // namespace cs

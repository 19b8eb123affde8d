// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "cubestream/role.hpp"

namespace cs {

/// What a request for this path needs, which is no page's file and no question for health. `changes`: by its method it
/// may change something. Pure.
[[nodiscard]] Role required_role(std::string_view path, bool changes);

}  // namespace cs

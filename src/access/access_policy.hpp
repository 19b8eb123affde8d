// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "access/role.hpp"

namespace cs {

/// Returns the role that a request for `path` requires. Not for the files of the page and the health checks, which
/// require none. `changes`: the HTTP method may change state. Pure.
[[nodiscard]] Role required_role(std::string_view path, bool changes);

}  // namespace cs

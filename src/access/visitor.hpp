// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "access/role.hpp"

namespace cs {

/// Who sent a request, as far as its token and its connection say.
struct Visitor {
  Role role = Role::control;  ///< without a configured token every visitor has this role
  std::string name = {};      ///< of a signed link; UTF-8 without control characters; empty: none
  bool is_local = false;      ///< on this machine, and not through a proxy
};

}  // namespace cs

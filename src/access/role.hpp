// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace cs {

/// The rights of a client; each role includes those before it. Signed links contain the numbers.
enum class Role { view = 1, control = 2, admin = 3 };

struct RoleName {
  Role role;
  std::string_view name;
};
inline constexpr std::array kRoles = {RoleName{Role::view, "view"}, RoleName{Role::control, "control"},
                                      RoleName{Role::admin, "admin"}};

[[nodiscard]] constexpr std::string_view role_name(Role role) {
  for (const RoleName& row : kRoles)
    if (row.role == role) return row.name;
  return "";
}

[[nodiscard]] constexpr std::optional<Role> role_named(std::string_view name) {
  for (const RoleName& row : kRoles)
    if (row.name == name) return row.role;
  return std::nullopt;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace cs {

/// The rights of a client; control includes view. Signed links contain the numbers. 3 was "admin", which was the same
/// as control: links that contain it stay valid.
enum class Role { view = 1, control = 2 };

inline constexpr int kFormerAdmin = 3;

struct RoleName {
  Role role;
  std::string_view name;
};
inline constexpr std::array kRoles = {RoleName{Role::view, "view"}, RoleName{Role::control, "control"}};

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

// SPDX-License-Identifier: MIT
#include "access/access_policy.hpp"

namespace cs {
namespace {

struct Row {
  std::string_view path;
  bool is_folder;  ///< and all that lies in it
  Role to_read;
  Role to_change;
};

// What has no row may be seen by whoever may watch, and changed by whoever may control.
constexpr Row kRows[] = {
    {"/metrics", false, Role::control, Role::control},  // it tells of the machine, not of the picture
    {"/whep", true, Role::view, Role::view},            // an offer changes nothing but what its sender sees
};

bool fits(const Row& row, std::string_view path) {
  return path == row.path || (row.is_folder && path.starts_with(row.path) && path[row.path.size()] == '/');
}

}  // namespace

Role required_role(std::string_view path, bool changes) {
  for (const Row& row : kRows)
    if (fits(row, path)) return changes ? row.to_change : row.to_read;
  return changes ? Role::control : Role::view;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "access/access_policy.hpp"

namespace cs {
namespace {

struct Row {
  std::string_view path;
  bool is_folder;  ///< the row also covers all paths below
  Role to_read;
  Role to_change;
};

// A path without a row requires Role::view to read and Role::control to change.
constexpr Row kRows[] = {
    {"/metrics", false, Role::control, Role::control},  // describes the machine, not the stream
    {"/whep", true, Role::view, Role::view},            // an offer affects only its sender's session
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

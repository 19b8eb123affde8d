// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cs {

/// Access settings: who may use the server, and from which web pages.
struct AccessConfig {
  std::string token = {};  ///< shared secret; empty: no authentication
  /// Origins of other pages with the same rights as the server's own; "*": all.
  std::vector<std::string> allowed_origins = {};
  /// Pages that may embed the server's page: "self", "none" or origins.
  std::vector<std::string> frame_ancestors = {"self"};
};

}  // namespace cs

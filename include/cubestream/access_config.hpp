// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cs {

/// Who may watch, and from which pages, as the administrator wants it.
struct AccessConfig {
  std::string token = {};                         ///< empty: everybody may do everything
  std::vector<std::string> allowed_origins = {};  ///< of pages that may do what our own may; "*": all
  std::vector<std::string> frame_ancestors = {
      "self"};  ///< whose pages may show ours in a frame: "self", "none", origins
};

}  // namespace cs

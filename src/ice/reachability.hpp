// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cubestream/ice_config.hpp"
#include "network/interfaces.hpp"

namespace cs {

/// Something to know at start about who can reach us.
struct ReachabilityNote {
  bool is_warning = false;  ///< or just good to know
  std::string sentence;
};

/// Who will see the page and no picture, with these addresses and settings. `bridged` says that the addresses are those
/// of a container with a network of its own. Pure.
[[nodiscard]] std::vector<ReachabilityNote> judge_reachability(std::span<const InterfaceAddress> present,
                                                               const IceConfig& config, bool bridged);

}  // namespace cs

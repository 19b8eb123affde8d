// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ice/ice_config.hpp"
#include "network/interfaces.hpp"

namespace cs {

/// A note at start about which viewers can reach the server.
struct ReachabilityNote {
  bool is_warning = false;  ///< false: information
  std::string sentence;
};

/// Finds which viewers can load the page but receive no video with these addresses and settings. `bridged` means that
/// the process runs in a container with its own network. Pure.
[[nodiscard]] std::vector<ReachabilityNote> judge_reachability(std::span<const InterfaceAddress> present,
                                                               const IceConfig& config, bool bridged);

}  // namespace cs

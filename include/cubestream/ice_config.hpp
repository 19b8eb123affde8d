// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cubestream/ice_servers.hpp"

namespace cs {

/// How viewers and this machine find a way to each other, as the administrator wants it.
struct IceConfig {
  IceServers servers = {};

  /// The ports of host candidates, both included; 0 and 0: any. A viewer takes one UDP port, and with `tcp` one TCP
  /// port of the same range, on each address.
  int port_min = 0;
  int port_max = 0;

  /// Addresses under which others reach this machine though it does not have them itself (1:1 NAT, containers).
  /// Announced beside the private addresses of their family.
  std::vector<std::string> public_addresses = {};

  /// Whether TCP is offered to viewers whose UDP is blocked.
  bool tcp = true;

  /// Names of interfaces, or addresses, that candidates may use; empty: all that are of use.
  std::vector<std::string> interfaces = {};
};

}  // namespace cs

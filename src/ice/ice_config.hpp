// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "network/ice_servers.hpp"

namespace cs {

/// ICE settings: how the server and its viewers connect.
struct IceConfig {
  IceServers servers = {};

  /// Port range of host candidates, both ends included; 0 and 0: any port. On each address, a viewer uses one UDP port,
  /// and with `tcp` one TCP port of the same range.
  int port_min = 0;
  int port_max = 0;

  /// Public addresses of this machine that no interface has (1:1 NAT, containers). Announced in addition to the private
  /// addresses of the same family.
  std::vector<std::string> public_addresses = {};

  /// Whether TCP candidates are offered, for viewers whose UDP is blocked.
  bool tcp = true;

  /// Names or addresses of the interfaces for candidates; empty: all suitable interfaces.
  std::vector<std::string> interfaces = {};
};

}  // namespace cs

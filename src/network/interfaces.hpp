// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "network/ip_address.hpp"

namespace cs {

/// An address of this machine, and the interface it belongs to.
struct InterfaceAddress {
  std::string interface;
  IpAddress address;
};

/// The current addresses of all interfaces that are up and running; empty on failure. Any thread.
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

/// Whether this process seems to run in a container with its own network, whose addresses cannot be reached from
/// outside the host: container markers exist, and no interface of these addresses except loopback is a device of its
/// own. False if there are no addresses: then they could not be read. Any thread.
[[nodiscard]] bool is_bridged_container(std::span<const InterfaceAddress> addresses);

}  // namespace cs

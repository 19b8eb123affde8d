// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "network/ip_address.hpp"

namespace cs {

/// An address that this machine has, and the interface it belongs to.
struct InterfaceAddress {
  std::string interface;
  IpAddress address;
};

/// Those of all interfaces that are up and running, now. Any thread.
[[nodiscard]] std::vector<InterfaceAddress> interface_addresses();

/// Whether this looks like a container with a network of its own, whose addresses mean nothing outside its host: it has
/// the marks of one, and none of its interfaces is a device. Any thread.
[[nodiscard]] bool is_bridged_container();

}  // namespace cs

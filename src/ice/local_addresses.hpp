// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/interfaces.hpp"

namespace cs {

/// The addresses that candidates use, of those the machine has: of the interfaces (or addresses) that `allowed` names,
/// or of all. Loopback and IPv4 link-local ones count only where they were named or nothing else is there; IPv6
/// link-local ones never, because a candidate cannot carry the scope id. `reached_at`, the address of this machine that
/// the client connected to, is added if `allowed` is empty and it is not a loopback address. Pure.
[[nodiscard]] std::vector<IpAddress> local_addresses(std::span<const InterfaceAddress> present,
                                                     std::span<const std::string> allowed,
                                                     const std::optional<IpAddress>& reached_at = {});

/// The addresses as a list for a sentence: "10.0.0.1, fd00::1".
[[nodiscard]] std::string listed(std::span<const IpAddress> addresses);

}  // namespace cs

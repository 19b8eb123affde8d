// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/interfaces.hpp"

namespace cs {

/// Selects the addresses for candidates from the addresses `present` on the machine: those of the interfaces or
/// addresses in `allowed`, or all if `allowed` is empty. Loopback and IPv4 link-local addresses are used only if
/// `allowed` names them or nothing else is available, and the link-local address `reached_at` also if the client
/// connected to it. IPv6 link-local addresses are never used, because a candidate cannot carry the scope id. Pure.
[[nodiscard]] std::vector<IpAddress> local_addresses(std::span<const InterfaceAddress> present,
                                                     std::span<const std::string> allowed,
                                                     const std::optional<IpAddress>& reached_at = {});

/// Joins the addresses, for example "10.0.0.1, fd00::1".
[[nodiscard]] std::string listed(std::span<const IpAddress> addresses);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/interfaces.hpp"

namespace cs {

/// The addresses that candidates use, of those the machine has: of the interfaces (or addresses) that `allowed` names,
/// or of all. Loopback and IPv4 link-local ones count only where they were named or nothing else is there; IPv6
/// link-local ones never, because nobody can be told the scope id. `reached_at`, by which the client found the way to
/// this machine, counts where nothing is named, unless it is loopback, by which only proxies and this machine come.
/// Pure.
[[nodiscard]] std::vector<IpAddress> local_addresses(std::span<const InterfaceAddress> present,
                                                     std::span<const std::string> allowed,
                                                     const std::optional<IpAddress>& reached_at = {});

/// The addresses as a list for a sentence: "10.0.0.1, fd00::1".
[[nodiscard]] std::string listed(std::span<const IpAddress> addresses);

}  // namespace cs

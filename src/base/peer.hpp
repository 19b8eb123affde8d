// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// The IP address in text of whom a socket is connected to; empty when it is not any more. Any thread.
[[nodiscard]] std::string peer_address(int socket);

/// The port there; 0 when it is not any more. Any thread.
[[nodiscard]] int peer_port(int socket);

/// Whose that address is, for counting: of IPv6 a /64, as one customer has. Empty for this machine, where a proxy
/// speaks for many. Pure.
[[nodiscard]] std::string network_of(const std::string& address);

}  // namespace cs

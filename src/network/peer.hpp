// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// The IP address in text of whom a socket is connected to; empty when it is not any more. Any thread.
[[nodiscard]] std::string peer_address(int socket);

/// The IP address in text of this machine that a socket's connection goes to; empty when it has none. Any thread.
[[nodiscard]] std::string local_address(int socket);

/// Where a client's connection begins and ends, as IP addresses in text; empty where that is not known.
struct ConnectionEnds {
  std::string client;
  std::string server;  ///< the address of this machine that it came to
};

/// The port there; 0 when it is not any more. Any thread.
[[nodiscard]] int peer_port(int socket);

/// Whose that address is, for counting: of IPv6 a /64, as one network has. Empty for this machine, where a proxy
/// speaks for many. Pure.
[[nodiscard]] std::string client_network(const std::string& address);

}  // namespace cs

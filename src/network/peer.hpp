// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// IP address of the peer of a connected socket, as text; empty if it is not connected. Any thread.
[[nodiscard]] std::string peer_address(int socket);

/// Local IP address of a socket, as text; empty if it has none. Any thread.
[[nodiscard]] std::string local_address(int socket);

/// IP addresses of both ends of a client's connection, as text; empty if unknown.
struct ConnectionEnds {
  std::string client;
  std::string server;  ///< the local address that the client connected to
};

/// Port of the peer of a connected socket; 0 if it is not connected. Any thread.
[[nodiscard]] int peer_port(int socket);

/// The client network of an address, for limits per client: the IPv4 address or the IPv6 /64 prefix. Empty for
/// loopback, where a proxy may forward many clients. Pure.
[[nodiscard]] std::string client_network(const std::string& address);

}  // namespace cs

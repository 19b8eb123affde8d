// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "network/ip_prefix.hpp"

namespace cs {

/// The IP address of a socket address as text, with the scope id if it has one; empty if its family is neither IPv4 nor
/// IPv6. Pure.
[[nodiscard]] std::string address_text(const sockaddr* address);

/// The port of an IPv4 or IPv6 socket address. Pure.
[[nodiscard]] int port_number(const sockaddr* address);

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

/// Whether an address belongs to a trusted proxy. Pure.
[[nodiscard]] bool is_trusted(const std::string& address, const std::vector<IpPrefix>& trusted);

/// The client network of an address, for limits per client: an IPv4 address, or the /64 prefix of an IPv6 address,
/// since one client can use all its addresses. Empty: no limit, because the address is of this machine or of a trusted
/// proxy, which carries many clients. Pure.
[[nodiscard]] std::string client_network(const std::string& address, const std::vector<IpPrefix>& trusted = {});

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "network/peer.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "network/ip_address.hpp"

namespace cs {
namespace {

/// The address of a socket by `get`: getpeername() or getsockname(). Empty on failure.
std::string address_by(decltype(getpeername)* get, int socket) {
  sockaddr_storage end = {};
  socklen_t size = sizeof end;
  auto* const address = reinterpret_cast<sockaddr*>(&end);
  if (get(socket, address, &size) != 0) return "";
  std::string text = address_text(address);
  const auto parsed = IpAddress::parse(text);
  return parsed ? parsed->unmapped().text() : text;  // an IPv4 client of a socket that listens on "::" is mapped
}

}  // namespace

std::string address_text(const sockaddr* address) {
  const socklen_t size = address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  std::array<char, 64> text = {};
  return getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0 ? text.data() : "";
}

int port_number(const sockaddr* address) {
  return ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port);  // at the same offset in sockaddr_in6
}

std::string peer_address(int socket) {
  return address_by(getpeername, socket);
}

std::string local_address(int socket) {
  return address_by(getsockname, socket);
}

int peer_port(int socket) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  auto* const address = reinterpret_cast<sockaddr*>(&peer);
  return getpeername(socket, address, &size) == 0 ? port_number(address) : 0;
}

bool is_trusted(const std::string& address, const std::vector<IpPrefix>& trusted) {
  const auto parsed = IpAddress::parse(address);
  return parsed && std::ranges::any_of(trusted, [&](const IpPrefix& prefix) { return prefix.contains(*parsed); });
}

std::string client_network(const std::string& address, const std::vector<IpPrefix>& trusted) {
  const auto parsed = IpAddress::parse(address);
  if (!parsed) return address;  // with a scope id: a link-local address
  if (parsed->reach() == IpAddress::Reach::machine || is_trusted(address, trusted)) return "";
  return parsed->network();
}

}  // namespace cs

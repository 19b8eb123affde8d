// SPDX-License-Identifier: MIT
#include "network/peer.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "network/ip_address.hpp"

namespace cs {
namespace {

/// The address of a socket by `get`: getpeername() or getsockname(). Empty on failure.
std::string address_by(decltype(getpeername)* get, int socket) {
  sockaddr_storage end = {};
  socklen_t size = sizeof end;
  std::array<char, 64> text = {};
  if (get(socket, reinterpret_cast<sockaddr*>(&end), &size) != 0 ||
      getnameinfo(reinterpret_cast<const sockaddr*>(&end), size, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0)
    return "";
  const std::string_view address(text.data());
  constexpr std::string_view kMapped = "::ffff:";  // IPv4 client on a socket that listens on "::"
  const bool mapped = address.starts_with(kMapped) && address.find('.') != address.npos;
  return std::string(mapped ? address.substr(kMapped.size()) : address);
}

}  // namespace

std::string peer_address(int socket) {
  return address_by(getpeername, socket);
}

std::string local_address(int socket) {
  return address_by(getsockname, socket);
}

int peer_port(int socket) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return 0;
  // The port has the same offset in both address families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&peer)->sin_port);
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

// SPDX-License-Identifier: MIT
#include "network/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "network/ip_address.hpp"

namespace cs {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string way_out(int error) {
  switch (error) {
    case EACCES:
      return "permission denied; ports below 1024 need the capability CAP_NET_BIND_SERVICE: set CS_PORT to a higher "
             "one";
    case EADDRINUSE:
      return "address already in use; stop the other program or set CS_PORT";
    case EADDRNOTAVAIL:
      return "this machine does not have that address; set CS_HOST to one it has, or to 0.0.0.0 for all";
    case EAFNOSUPPORT:
      return "this machine has no such kind of address; set CS_HOST to 0.0.0.0";
    default:
      return std::strerror(error);
  }
}

Addresses look_up(const std::string& host, int port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    throw StartupError("cannot listen on " + host_and_port(host, port) + ": the host name is not known (" +
                       gai_strerror(error) + "); set CS_HOST to an address of this machine, or to 0.0.0.0 for all");
  return {found, &freeaddrinfo};
}

std::string text_of(const addrinfo& address) {
  std::array<char, 64> text = {};
  getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return text.data();
}

std::vector<std::string> texts_of(const addrinfo* addresses) {
  std::vector<std::string> texts;
  for (const addrinfo* each = addresses; each != nullptr; each = each->ai_next) texts.push_back(text_of(*each));
  return texts;
}

sockaddr_storage address_of(const Fd& listener) {
  sockaddr_storage address = {};
  socklen_t length = sizeof address;
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) < 0)
    throw StartupError(std::string("cannot learn where the listening socket listens: ") + std::strerror(errno));
  return address;
}

}  // namespace

Fd listen_on(const std::string& host, int port) {
  const Addresses addresses = look_up(host, port);
  const auto check = [&](int result) {
    if (result < 0) throw StartupError("cannot listen on " + host_and_port(host, port) + ": " + way_out(errno));
    return result;
  };
  Fd listener(check(socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
  const int on = 1;
  const int off = 0;
  // A restart does not wait for the connections of the last run to be forgotten.
  check(setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  // "::" means IPv4 as well, whatever the machine's default.
  if (addresses->ai_family == AF_INET6) check(setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
  check(bind(listener.get(), addresses->ai_addr, addresses->ai_addrlen));
  check(listen(listener.get(), SOMAXCONN));
  if (const std::string warning = several_addresses(host, texts_of(addresses.get())); !warning.empty())
    make_log("net")->warn("{}", warning);
  return listener;
}

std::string several_addresses(const std::string& host, std::span<const std::string> addresses) {
  std::string others;
  for (const std::string& each : addresses)
    if (each != addresses.front()) others += (others.empty() ? "" : ", ") + each;
  if (others.empty()) return {};
  return host + " means several addresses: listening on " + addresses.front() + ", and not on " + others +
         "; set CS_HOST to the one you want";
}

std::string host_of(const Fd& listener) {
  const sockaddr_storage address = address_of(listener);
  std::array<char, 64> text = {};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof address, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0)
    throw StartupError("cannot learn which address the listening socket has");
  return text.data();
}

bool is_on_loopback(const Fd& listener) {
  const auto address = IpAddress::parse(host_of(listener));
  return address && address->reach() == IpAddress::Reach::machine;
}

int port_of(const Fd& listener) {
  const sockaddr_storage address = address_of(listener);
  // The port stands at the same place for both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::string host_and_port(const std::string& host, int port) {
  const bool brackets = host.find(':') != host.npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace cs

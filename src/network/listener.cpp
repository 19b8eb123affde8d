// SPDX-License-Identifier: MIT
#include "network/listener.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "log/log.hpp"
#include "network/ip_address.hpp"
#include "network/peer.hpp"

namespace cs {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string reason_and_remedy(int error) {
  switch (error) {
    case EACCES:
      return "permission denied; ports below 1024 need the capability CAP_NET_BIND_SERVICE; set CS_PORT to a higher "
             "port";
    case EADDRINUSE:
      return "address already in use; stop the other program or set CS_PORT";
    case EADDRNOTAVAIL:
      return "this machine does not have that address; set CS_HOST to one it has, or to 0.0.0.0 for all";
    case EAFNOSUPPORT:
      return "this machine does not support this address family; set CS_HOST to 0.0.0.0";
    default:
      return std::strerror(error);
  }
}

Addresses resolve(const std::string& host, int port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    throw StartupError("cannot listen on " + host_and_port(host, port) + ": cannot resolve the host name (" +
                       gai_strerror(error) + "); set CS_HOST to an address of this machine, or to 0.0.0.0 for all");
  return {found, &freeaddrinfo};
}

std::vector<std::string> texts_of(const addrinfo* addresses) {
  std::vector<std::string> texts;
  for (const addrinfo* each = addresses; each != nullptr; each = each->ai_next)
    texts.push_back(address_text(each->ai_addr));
  return texts;
}

sockaddr_storage address_of(const Fd& listener) {
  sockaddr_storage address = {};
  socklen_t length = sizeof address;
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length) < 0)
    throw StartupError(std::string("cannot get the address of the listening socket: ") + std::strerror(errno));
  return address;
}

}  // namespace

Fd listen_on(const std::string& host, int port) {
  const Addresses addresses = resolve(host, port);
  const auto check = [&](int result) {
    if (result < 0)
      throw StartupError("cannot listen on " + host_and_port(host, port) + ": " + reason_and_remedy(errno));
    return result;
  };
  Fd listener(check(socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
  const int on = 1;
  const int off = 0;
  // A restart does not have to wait for connections of the last run in TIME_WAIT.
  check(setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  // "::" includes IPv4, independent of the system default.
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
  return host + " resolves to several addresses: listening on " + addresses.front() + ", but not on " + others +
         "; set CS_HOST to the address to listen on";
}

std::string host_of(const Fd& listener) {
  const sockaddr_storage address = address_of(listener);
  std::string text = address_text(reinterpret_cast<const sockaddr*>(&address));
  if (text.empty()) throw StartupError("cannot read the address of the listening socket");
  return text;
}

bool is_on_loopback(const Fd& listener) {
  const auto address = IpAddress::parse(host_of(listener));
  return address && address->reach() == IpAddress::Reach::machine;
}

int port_of(const Fd& listener) {
  const sockaddr_storage address = address_of(listener);
  return port_number(reinterpret_cast<const sockaddr*>(&address));
}

std::string host_and_port(const std::string& host, int port) {
  const bool brackets = host.find(':') != host.npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace cs

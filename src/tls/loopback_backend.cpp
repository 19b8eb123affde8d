// SPDX-License-Identifier: MIT
#include "tls/loopback_backend.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace cs {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// Returns a socket bound to a free port of 127.0.0.1.
LoopbackBackend::Connection bound_socket() {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (fd.get() < 0 || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return {Fd(), 0};
  return {std::move(fd), ntohs(address.sin_port)};
}

}  // namespace

LoopbackBackend::LoopbackBackend() {
  const auto check = [](int result, const char* what) {
    if (result < 0) throw StartupError(std::string("cannot start TLS: ") + what + ": " + std::strerror(errno));
  };
  Connection bound = bound_socket();
  check(bound.fd.get(), "a socket on 127.0.0.1");
  check(listen(bound.fd.get(), SOMAXCONN), "listening on 127.0.0.1");
  listener_ = std::move(bound.fd);
  port_ = bound.port;
}

LoopbackBackend::Connection LoopbackBackend::connect(const ConnectionEnds& client) {
  Connection connection = bound_socket();
  if (connection.fd.get() < 0) return connection;
  {
    // Before the HTTP server accepts the connection and looks it up.
    const std::lock_guard lock(mutex_);
    by_port_[connection.port] = client;
  }
  const sockaddr_in address = loopback(port_);
  if (::connect(connection.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EINPROGRESS)
    return connection;
  forget(connection.port);
  return {Fd(), 0};
}

void LoopbackBackend::forget(int port) {
  const std::lock_guard lock(mutex_);
  by_port_.erase(port);
}

ConnectionEnds LoopbackBackend::client_behind(int port) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_port_.find(port);
  return found == by_port_.end() ? ConnectionEnds() : found->second;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "tls/loopback_backend.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "tls/loopback.hpp"

namespace cs {

LoopbackBackend::LoopbackBackend() {
  const auto check = [](int result, const char* what) {
    if (result < 0) throw StartupError(std::string("cannot start TLS: ") + what + ": " + std::strerror(errno));
  };
  auto [listener, port] = bound_to_loopback();
  check(listener.get(), "a socket on 127.0.0.1");
  check(listen(listener.get(), SOMAXCONN), "listening on 127.0.0.1");
  listener_ = std::move(listener);
  port_ = port;
}

LoopbackBackend::Connection LoopbackBackend::connect(const ConnectionEnds& client) {
  auto [fd, port] = bound_to_loopback();
  if (fd.get() < 0) return {Fd(), 0};
  {
    // Before the HTTP server accepts the connection and looks it up.
    const std::lock_guard lock(mutex_);
    by_port_[port] = client;
  }
  send_without_delay(fd.get());
  if (connect_to_loopback(fd.get(), port_)) return {std::move(fd), port};
  forget(port);
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

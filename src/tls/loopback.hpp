// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.hpp"

namespace cs {

/// A non-blocking TCP socket bound to a free port of 127.0.0.1. Any thread.
struct LoopbackSocket {
  Fd fd;
  int port;  ///< 0 on failure; `fd` is then invalid
};

[[nodiscard]] LoopbackSocket bound_to_loopback();

/// Starts to connect `fd` to a port of 127.0.0.1; returns false on failure. Any thread.
[[nodiscard]] bool connect_to_loopback(int fd, int port);

/// Disables Nagle's algorithm (TCP_NODELAY). Any thread.
void send_without_delay(int fd);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.hpp"

namespace cs {

/// A TCP socket that does not block, at a port of 127.0.0.1 that nobody else has. Any thread.
struct LoopbackSocket {
  Fd fd;
  int port;  ///< 0: there is none to be had, and no socket
};

[[nodiscard]] LoopbackSocket bound_to_loopback();

/// Begins to connect `fd` to that port of 127.0.0.1; false: that cannot be. Any thread.
[[nodiscard]] bool connect_to_loopback(int fd, int port);

/// What is written goes out at once (TCP_NODELAY). Any thread.
void send_without_delay(int fd);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "network/peer.hpp"

namespace cs {

/// A TLS terminator in front of the HTTP server. It connects to the server's listener on loopback.
struct TlsUpstream {
  /// Both ends of the connection of the client whose data comes from that port of 127.0.0.1; empty: the terminator
  /// knows no such client. Any thread.
  std::function<ConnectionEnds(int port)> client_behind;
  bool is_on_loopback = false;  ///< the terminator itself listens on loopback only
};

}  // namespace cs

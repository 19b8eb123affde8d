// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "network/peer.hpp"

namespace cs {

/// The TLS terminator in front of the HTTP server. It connects to the listener on loopback.
struct TlsUpstream {
  /// Returns the addresses of the TLS client whose data arrives from this port of 127.0.0.1. Empty: unknown port. Any
  /// thread.
  std::function<ConnectionEnds(int port)> client_behind;
  bool is_on_loopback = false;  ///< the terminator itself listens on loopback only
};

}  // namespace cs

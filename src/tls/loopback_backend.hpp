// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/fd.hpp"
#include "network/peer.hpp"

namespace cs {

/// The HTTP server behind a TlsTerminator: its listening socket on 127.0.0.1, the connections to it, and for which
/// client each of them is. One thread, except client_behind().
class LoopbackBackend {
 public:
  /// A non-blocking connection to the HTTP server, possibly still connecting.
  struct Connection {
    Fd fd;
    int port;  ///< local port, for client_behind() and forget(); 0 on failure, `fd` is then invalid
  };

  /// Opens the listening socket. Throws StartupError.
  LoopbackBackend();

  /// Returns the listening socket for the HTTP server. Call once.
  [[nodiscard]] Fd take_listener() { return std::move(listener_); }

  /// Connects on behalf of a client.
  [[nodiscard]] Connection connect(const ConnectionEnds& client);

  /// The connection from this port is closed; 0: there was none.
  void forget(int port);

  /// Returns the addresses of the client that the connection from this port is for; empty if there is none. Any thread.
  [[nodiscard]] ConnectionEnds client_behind(int port) const;

 private:
  Fd listener_;
  int port_ = 0;

  mutable std::mutex mutex_;
  std::unordered_map<int, ConnectionEnds> by_port_;  // guarded by mutex_
};

}  // namespace cs

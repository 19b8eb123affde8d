// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "base/fd.hpp"
#include "log/log.hpp"
#include "network/peer.hpp"
#include "server/connection_limiter.hpp"
#include "server/lws_timer.hpp"
#include "server/tls_upstream.hpp"

namespace cs {

/// The listening socket of the HTTP server: accepts connections within the limit per client network, and lets
/// libwebsockets poll them. Net thread only.
class HttpListener {
 public:
  /// `protocol`: of libwebsockets. `tls`: in front of the socket; then only its connections are accepted.
  HttpListener(const char* protocol, std::optional<TlsUpstream> tls, ConnectionLimiter& limiter);

  /// Begins to accept connections from a listening socket. Throws StartupError when libwebsockets refuses it.
  void open(lws_vhost* vhost, Fd listener);
  /// Stops to accept; libwebsockets closes the socket later.
  void close();
  /// Before the libwebsockets context is destroyed.
  void cancel_timers() { accept_again_.cancel(); }

  /// Whether open() has returned; true after close(), too.
  [[nodiscard]] bool is_open() const { return vhost_ != nullptr; }
  [[nodiscard]] lws_vhost* vhost() const { return vhost_; }

  /// Accepts the connections that wait. Call it when the socket is readable.
  void accept_some();

  /// libwebsockets has destroyed `wsi`. Returns whether it was the listening socket.
  bool on_destroyed(lws* wsi);

  /// The ends of an accepted connection, as the client sees it; empty if it is not from the TLS terminator in front.
  [[nodiscard]] ConnectionEnds ends_of(int socket) const;

 private:
  [[nodiscard]] bool accept_one();
  void wait_to_accept(int error);

  const char* const protocol_;
  const std::optional<TlsUpstream> tls_;
  ConnectionLimiter& limiter_;
  const Log log_;
  lws_vhost* vhost_ = nullptr;
  lws* wsi_ = nullptr;
  bool cannot_accept_ = false;
  LwsTimer accept_again_;
};

}  // namespace cs

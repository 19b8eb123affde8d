// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <stop_token>
#include <thread>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "log/log.hpp"
#include "network/peer.hpp"
#include "tls/epoll.hpp"
#include "tls/loopback_backend.hpp"
#include "tls/reloadable_certificate.hpp"
#include "tls/sessions.hpp"
#include "tls/tls_files.hpp"

namespace cs {

/// Terminates TLS in front of the HTTP server: accepts connections, decrypts them, and forwards the plain data to a
/// socket on loopback, where the HTTP server listens. Runs on its own thread, "tls". Main thread only.
class TlsTerminator {
 public:
  struct Config {
    Fd listener;  ///< listening socket for clients, non-blocking
    TlsFiles files;
    TlsLimits limits;
    TlsTimeouts timeouts = {};
  };

  /// Throws StartupError if a file is invalid or a socket cannot be created.
  TlsTerminator(Config config, Metrics& metrics);

  /// Sends the remaining replies of the HTTP server, for at most TlsTimeouts::goodbye.
  ~TlsTerminator();
  TlsTerminator(const TlsTerminator&) = delete;
  TlsTerminator& operator=(const TlsTerminator&) = delete;

  /// Returns the loopback socket for the HTTP server to listen on. Call once.
  [[nodiscard]] Fd take_inner() { return backend_.take_listener(); }

  /// Returns the addresses of the client connection that is forwarded from this loopback port; empty if there is none.
  /// Any thread.
  [[nodiscard]] ConnectionEnds client_behind(int port) const { return backend_.client_behind(port); }

  /// Rereads the files. Existing connections keep the old certificate. See ReloadableCertificate::reload().
  void reload() { certificate_.reload(); }

 private:
  void run(const std::stop_token& stop);
  void accept_some();
  [[nodiscard]] int time_to_wait(TimePoint now) const;

  const Clock::duration goodbye_time_;
  const Log log_;
  const Fd listener_;
  const Fd wake_;
  ReloadableCertificate certificate_;
  LoopbackBackend backend_;
  Epoll epoll_;  // tls thread only, like the members below

  TlsSessions sessions_;
  std::optional<TimePoint> accept_again_;  // accepting is paused until then

  std::jthread thread_;
};

}  // namespace cs

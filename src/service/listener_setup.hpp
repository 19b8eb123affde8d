// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "network/ip_prefix.hpp"
#include "signalling/web_server.hpp"
#include "tls/terminator.hpp"

namespace cs {

/// Sets up the listening socket of the HTTP server, with a TlsTerminator in front if CS_TLS_CERT is set. Must outlive
/// the WebServer. Main thread only.
class ListenerSetup {
 public:
  /// Connection limits, see TlsTerminator and WebServerConfig.
  struct Room {
    std::size_t max_connections;
    std::size_t max_per_address;
    std::vector<IpPrefix> trusted_proxies;
  };

  /// `inherited`: the listening socket from systemd, if any. Throws StartupError.
  ListenerSetup(const Settings& settings, Fd inherited, Room room, Metrics& metrics);

  /// The socket for the HTTP server; empty: it opens its own for host and port. Call once.
  [[nodiscard]] Fd take_listener() { return tls_ ? tls_->take_inner() : std::move(inherited_); }

  /// For WebServerConfig.
  [[nodiscard]] std::optional<TlsUpstream> tls_upstream() const;

  /// The address to open in a browser. `host` and `port`: those of the HTTP server.
  [[nodiscard]] std::string page_address(const std::string& host, int port) const;

  /// Reloads certificate and key, on SIGHUP.
  void reload();

 private:
  Fd inherited_;
  std::string host_;
  int port_ = 0;
  bool is_on_loopback_ = false;
  std::optional<TlsTerminator> tls_;
};

}  // namespace cs

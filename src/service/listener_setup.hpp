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

/// What stands between clients and the HTTP server: TLS where the settings ask for it, else nothing. Main thread only;
/// it must outlive the web_server.
class ListenerSetup {
 public:
  /// How many may be there, see TlsTerminator and WebServerConfig.
  struct Room {
    std::size_t max_connections;
    std::size_t max_per_address;
    std::vector<IpPrefix> trusted_proxies;
  };

  /// `inherited`: a socket that listens already, if any. Throws StartupError.
  ListenerSetup(const Settings& settings, Fd inherited, Room room, Metrics& metrics);

  /// What the HTTP server listen on; empty: their own, by host and port. Once.
  [[nodiscard]] Fd take_listener() { return tls_ ? tls_->take_inner() : std::move(inherited_); }

  /// For WebServerConfig.
  [[nodiscard]] std::optional<TlsUpstream> tls_upstream() const;

  /// The address to open in a browser, for HTTP server that listen there.
  [[nodiscard]] std::string page_address(const std::string& host, int port) const;

  /// SIGHUP.
  void reload();

 private:
  Fd inherited_;
  std::string host_;
  int port_ = 0;
  bool is_on_loopback_ = false;
  std::optional<TlsTerminator> tls_;
};

}  // namespace cs

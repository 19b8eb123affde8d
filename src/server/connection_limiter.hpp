// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "network/ip_prefix.hpp"
#include "network/per_client_counter.hpp"

namespace cs {

/// Bounds the connections of the HTTP server: of each client network, and all together. HTTP connections and WebSockets
/// count alike. Counts what it refuses and drops. Net thread only.
class ConnectionLimiter {
 public:
  struct Config {
    std::size_t max_connections;            ///< requests in progress and WebSockets together
    std::size_t max_per_network;            ///< connections of one client network
    std::vector<IpPrefix> trusted_proxies;  ///< their own addresses have no limit
  };

  ConnectionLimiter(Config config, Metrics& metrics);

  [[nodiscard]] const std::vector<IpPrefix>& trusted_proxies() const { return config_.trusted_proxies; }

  /// The client network that connections from this address are counted for; empty: it has no limit, because it is this
  /// machine or a trusted proxy.
  [[nodiscard]] std::string network_of(const std::string& address) const;

  /// Whether a network may have one more connection. False is counted.
  [[nodiscard]] bool admits(const std::string& network);

  /// A connection of this network begins.
  void add(const std::string& network) { per_client_.add(network); }
  /// A connection that was added has ended.
  void remove(const std::string& network) { per_client_.remove(network); }

  /// Whether one of `in_use` connections may be in use. When there are too many, `evict` may end another one and return
  /// true. False is counted.
  [[nodiscard]] bool has_room(std::size_t in_use, const std::function<bool()>& evict);

  /// A connection was ended in favour of another.
  void count_dropped() { dropped_.add(); }

 private:
  const Config config_;
  Metric& refused_;
  Metric& of_network_refused_;
  Metric& dropped_;
  PerClientCounter per_client_;
};

}  // namespace cs

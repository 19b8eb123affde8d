// SPDX-License-Identifier: MIT
#include "server/connection_limiter.hpp"

#include <utility>

#include "network/peer.hpp"

namespace cs {

ConnectionLimiter::ConnectionLimiter(Config config, Metrics& metrics)
    : config_(std::move(config)),
      refused_(metrics.get("net_connections_refused_total", {{"reason", "full"}})),
      of_network_refused_(metrics.get("net_connections_refused_total", {{"reason", "address"}})),
      dropped_(metrics.get("net_connections_dropped_total")),
      per_client_(config_.max_per_network) {}

std::string ConnectionLimiter::network_of(const std::string& address) const {
  return client_network(address, config_.trusted_proxies);
}

bool ConnectionLimiter::admits(const std::string& network) {
  if (network.empty() || per_client_.has_room_for(network)) return true;
  of_network_refused_.add();
  return false;
}

bool ConnectionLimiter::has_room(std::size_t in_use, const std::function<bool()>& evict) {
  if (in_use <= config_.max_connections) return true;
  if (evict()) {
    dropped_.add();
    return true;
  }
  refused_.add();
  return false;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

namespace cs {

/// Bounds the connections that have not sent a request yet. When all `slots` are in use, a new connection evicts the
/// oldest connection of the client network that holds the most slots. So idle connections cannot lock out other
/// clients. Pure; one thread.
template <typename Connection>
class PendingConnections {
 public:
  explicit PendingConnections(std::size_t slots) : slots_(slots) {}

  /// Adds a connection. Returns the evicted connection, or null. A connection that is already here keeps its place.
  [[nodiscard]] Connection* enter(Connection& connection, const std::string& network) {
    if (places_.contains(&connection)) return nullptr;
    Connection* const evicted = waiting_.size() >= slots_ ? evict() : nullptr;
    waiting_.push_back({&connection, network});
    places_[&connection] = std::prev(waiting_.end());
    ++count_by_network_[network];
    return evicted;
  }

  /// Removes a connection. No effect if it is not here.
  void leave(const Connection& connection) {
    const auto place = places_.find(&connection);
    if (place == places_.end()) return;
    const auto network = count_by_network_.find(place->second->network);
    if (--network->second == 0) count_by_network_.erase(network);
    waiting_.erase(place->second);
    places_.erase(place);
  }

  /// Removes and returns the oldest connection of the largest client network; null if there are no connections.
  [[nodiscard]] Connection* evict() {
    if (waiting_.empty()) return nullptr;
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    const std::size_t most = std::ranges::max_element(count_by_network_, by_count)->second;
    const auto is_of_largest = [&](const Waiting& waiting) { return count_by_network_.at(waiting.network) == most; };
    Connection* const evicted = std::ranges::find_if(waiting_, is_of_largest)->connection;
    leave(*evicted);
    return evicted;
  }

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Connection* connection;
    std::string network;
  };

  const std::size_t slots_;
  std::list<Waiting> waiting_;  // oldest first
  std::unordered_map<const Connection*, typename std::list<Waiting>::iterator> places_;
  std::map<std::string, std::size_t> count_by_network_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

namespace cs {

/// Those who came and have not said what they want yet. There are `slots` of them; who finds none takes that of
/// another, the one who has waited longest of the network that has the most here, so that no crowd of silent ones keeps
/// anybody out. Pure; one thread.
template <typename Connection>
class PendingConnections {
 public:
  explicit PendingConnections(std::size_t slots) : slots_(slots) {}

  /// Who has to go for it; null: nobody. Who sits already stays where it is.
  [[nodiscard]] Connection* enter(Connection& connection, const std::string& network) {
    if (places_.contains(&connection)) return nullptr;
    Connection* const evicted = waiting_.size() >= slots_ ? evict() : nullptr;
    waiting_.push_back({&connection, network});
    places_[&connection] = std::prev(waiting_.end());
    ++count_by_network_[network];
    return evicted;
  }

  /// Harmless for who is not here.
  void leave(const Connection& connection) {
    const auto place = places_.find(&connection);
    if (place == places_.end()) return;
    const auto network = count_by_network_.find(place->second->network);
    if (--network->second == 0) count_by_network_.erase(network);
    waiting_.erase(place->second);
    places_.erase(place);
  }

  /// Who has to go when room is needed; it has left when this returns. Null: nobody waits.
  [[nodiscard]] Connection* evict() {
    if (waiting_.empty()) return nullptr;
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    const std::size_t most = std::ranges::max_element(count_by_network_, by_count)->second;
    const auto is_of_crowd = [&](const Waiting& waiting) { return count_by_network_.at(waiting.network) == most; };
    Connection* const evicted = std::ranges::find_if(waiting_, is_of_crowd)->connection;
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
  std::list<Waiting> waiting_;  // who came first is in front
  std::unordered_map<const Connection*, typename std::list<Waiting>::iterator> places_;
  std::map<std::string, std::size_t> count_by_network_;
};

}  // namespace cs

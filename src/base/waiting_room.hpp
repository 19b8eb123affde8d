// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <unordered_map>

namespace cs {

/// Those who came and have not said what they want yet. There are `seats` of them; who finds none takes that of
/// another, the one who has waited longest of the network that has the most here, so that no crowd of silent ones keeps
/// anybody out. Pure; one thread.
template <typename Guest>
class WaitingRoom {
 public:
  explicit WaitingRoom(std::size_t seats) : seats_(seats) {}

  /// Who has to go for it; null: nobody. Who sits already stays where it is.
  [[nodiscard]] Guest* enter(Guest& guest, const std::string& network) {
    if (places_.contains(&guest)) return nullptr;
    Guest* const loser = waiting_.size() >= seats_ ? give_way() : nullptr;
    waiting_.push_back({&guest, network});
    places_[&guest] = std::prev(waiting_.end());
    ++of_network_[network];
    return loser;
  }

  /// Harmless for who is not here.
  void leave(const Guest& guest) {
    const auto place = places_.find(&guest);
    if (place == places_.end()) return;
    const auto network = of_network_.find(place->second->network);
    if (--network->second == 0) of_network_.erase(network);
    waiting_.erase(place->second);
    places_.erase(place);
  }

  /// Who has to go when room is needed; it has left when this returns. Null: nobody waits.
  [[nodiscard]] Guest* give_way() {
    if (waiting_.empty()) return nullptr;
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    const std::size_t most = std::ranges::max_element(of_network_, by_count)->second;
    const auto is_of_crowd = [&](const Waiting& waiting) { return of_network_.at(waiting.network) == most; };
    Guest* const loser = std::ranges::find_if(waiting_, is_of_crowd)->guest;
    leave(*loser);
    return loser;
  }

  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Guest* guest;
    std::string network;
  };

  const std::size_t seats_;
  std::list<Waiting> waiting_;  // who came first is in front
  std::unordered_map<const Guest*, typename std::list<Waiting>::iterator> places_;
  std::map<std::string, std::size_t> of_network_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

namespace cs {

/// Counts connections per client network. Networks without connections take no memory. Pure; one thread.
class PerClientCounter {
 public:
  /// `most`: limit of connections per network.
  explicit PerClientCounter(std::size_t most) : most_(most) {}

  [[nodiscard]] bool has_room_for(const std::string& network) const {
    const auto there = counts_.find(network);
    return there == counts_.end() || there->second < most_;
  }

  void add(const std::string& network) { ++counts_[network]; }

  /// Removes a connection that add() counted.
  void remove(const std::string& network) {
    const auto there = counts_.find(network);
    if (--there->second == 0) counts_.erase(there);
  }

 private:
  const std::size_t most_;
  std::unordered_map<std::string, std::size_t> counts_;
};

}  // namespace cs

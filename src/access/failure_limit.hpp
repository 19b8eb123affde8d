// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cubestream/clock.hpp"

namespace cs {

/// Limits wrong tokens per address (IPv6: per /64 network, because one host may own a whole one): a burst first, then
/// one per interval. Stores a bounded number of addresses; all others share one allowance. Pure; one thread.
class FailureLimit {
 public:
  struct Config {
    int at_once = 10;                                    ///< burst: wrong tokens allowed at once
    Clock::duration one_each = std::chrono::seconds(6);  ///< interval after which one more is allowed
    std::size_t max_addresses = 1024;
  };

  FailureLimit() : FailureLimit(Config{}) {}
  explicit FailureLimit(Config config) : config_(config) {}

  /// Returns how long this address must wait before its next token is checked; zero if not at all.
  [[nodiscard]] Clock::duration wait(std::string_view address, TimePoint now) const;

  /// Counts a wrong token. Returns false if the address could not be stored and counts against the shared allowance.
  bool note_failure(std::string_view address, TimePoint now);

  [[nodiscard]] std::size_t addresses() const { return debts_.size(); }

 private:
  /// The time at which no failure counts any more; an entry in the past may be removed.
  using Debt = TimePoint;

  [[nodiscard]] static std::string key_of(std::string_view address);
  void remove_expired(TimePoint now);

  const Config config_;
  std::unordered_map<std::string, Debt> debts_;
  Debt shared_ = {};  // of all addresses that are not stored
};

}  // namespace cs

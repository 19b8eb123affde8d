// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cubestream/clock.hpp"

namespace cs {

/// How many wrong tokens may come from where: each address (of IPv6 each network of /64, as one host has that many) may
/// be wrong a few times at once and then once in a while. Remembers a bounded number of addresses; the others share
/// what one may. Pure; one thread.
class FailureLimit {
 public:
  struct Config {
    int at_once = 10;                                    ///< wrong tokens
    Clock::duration one_each = std::chrono::seconds(6);  ///< how soon one more is forgiven
    std::size_t max_addresses = 1024;
  };

  FailureLimit() : FailureLimit(Config{}) {}
  explicit FailureLimit(Config config) : config_(config) {}

  /// How long this address has to wait before a token of it is looked at; zero: it need not.
  [[nodiscard]] Clock::duration wait(std::string_view address, TimePoint now) const;

  /// It was wrong. False: there was no room to remember who.
  bool note_failure(std::string_view address, TimePoint now);

  [[nodiscard]] std::size_t addresses() const { return debts_.size(); }

 private:
  /// The moment at which all is forgiven; the past: nobody remembers.
  using Debt = TimePoint;

  [[nodiscard]] static std::string key_of(std::string_view address);
  void forget(TimePoint now);

  const Config config_;
  std::unordered_map<std::string, Debt> debts_;
  Debt shared_ = {};  // of those for whom there was no room
};

}  // namespace cs

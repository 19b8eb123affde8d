// SPDX-License-Identifier: MIT
#include "access/failure_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace cs {

std::string FailureLimit::key_of(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // a link-local one names its interface
  std::array<char, 16> bytes = {};
  if (text.find(':') == text.npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  return {bytes.data(), 8};
}

Clock::duration FailureLimit::wait(std::string_view address, TimePoint now) const {
  const auto known = debts_.find(key_of(address));
  const bool is_full = debts_.size() >= config_.max_addresses;
  const Debt debt = known != debts_.end() ? known->second : is_full ? shared_ : Debt{};
  // What is owed when the last one that may be wrong has been.
  const Clock::duration most = (config_.at_once - 1) * config_.one_each;
  return std::max(debt - now - most, Clock::duration::zero());
}

bool FailureLimit::note_failure(std::string_view address, TimePoint now) {
  std::string network = key_of(address);
  auto known = debts_.find(network);
  if (known == debts_.end()) {
    if (debts_.size() >= config_.max_addresses) forget(now);
    if (debts_.size() < config_.max_addresses) known = debts_.emplace(std::move(network), now).first;
  }
  const bool has_room = known != debts_.end();
  Debt& debt = has_room ? known->second : shared_;
  debt = std::max(debt, now) + config_.one_each;
  return has_room;
}

void FailureLimit::forget(TimePoint now) {
  std::erase_if(debts_, [&](const auto& entry) { return entry.second <= now; });
}

}  // namespace cs

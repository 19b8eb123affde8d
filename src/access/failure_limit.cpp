// SPDX-License-Identifier: MIT
#include "access/failure_limit.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace cs {

std::string FailureLimit::key_of(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // strips the interface of a link-local address
  std::array<char, 16> bytes = {};
  if (text.find(':') == text.npos || inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  return {bytes.data(), 8};
}

Clock::duration FailureLimit::wait(std::string_view address, TimePoint now) const {
  const auto known = debts_.find(key_of(address));
  const bool is_full = debts_.size() >= config_.max_addresses;
  const Debt debt = known != debts_.end() ? known->second : is_full ? shared_ : Debt{};
  // The debt at which one more failure is still allowed.
  const Clock::duration most = (config_.at_once - 1) * config_.one_each;
  return std::max(debt - now - most, Clock::duration::zero());
}

bool FailureLimit::note_failure(std::string_view address, TimePoint now) {
  std::string network = key_of(address);
  auto known = debts_.find(network);
  if (known == debts_.end()) {
    if (debts_.size() >= config_.max_addresses) remove_expired(now);
    if (debts_.size() < config_.max_addresses) known = debts_.emplace(std::move(network), now).first;
  }
  const bool is_stored = known != debts_.end();
  Debt& debt = is_stored ? known->second : shared_;
  debt = std::max(debt, now) + config_.one_each;
  return is_stored;
}

void FailureLimit::remove_expired(TimePoint now) {
  std::erase_if(debts_, [&](const auto& entry) { return entry.second <= now; });
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "control/control_token.hpp"

#include <algorithm>
#include <utility>

namespace cs {

bool ControlToken::use(ClientId client, TimePoint now) {
  expire(now);
  if (!holder_) set_holder(client, now);
  if (holder_ != client) return false;
  used_at_ = now;
  return true;
}

void ControlToken::ask(ClientId client, TimePoint now) {
  expire(now);
  if (!holder_) return set_holder(client, now);
  if (holder_ == client || asks(client) || asking_.size() >= kMostAsking) return;
  asking_.push_back(client);
  ++revision_;
}

void ControlToken::give(ClientId from, ClientId to, TimePoint now) {
  if (holder_ == from && asks(to)) set_holder(to, now);
}

std::deque<ClientId> ControlToken::keep(ClientId client) {
  if (holder_ != client || asking_.empty()) return {};
  ++revision_;
  return std::exchange(asking_, {});
}

void ControlToken::release(ClientId client, TimePoint now) {
  forget(client);
  if (holder_ == client) free(now);
}

void ControlToken::lose(ClientId client, TimePoint now) {
  forget(client);
  if (holder_ != client) return;
  lost_at_ = now;
  ++revision_;
}

bool ControlToken::resume(ClientId former, ClientId client, TimePoint now) {
  expire(now);
  if (holder_ != former || !lost_at_) return false;
  set_holder(client, now);
  return true;
}

void ControlToken::expire(TimePoint now) {
  if (!holder_) return;
  const bool is_over = lost_at_ ? now - *lost_at_ >= config_.grace : now - used_at_ >= config_.idle;
  if (is_over) free(now);
}

bool ControlToken::asks(ClientId client) const {
  return std::ranges::find(asking_, client) != asking_.end();
}

void ControlToken::set_holder(std::optional<ClientId> client, TimePoint now) {
  holder_ = client;
  used_at_ = now;
  lost_at_.reset();
  if (client) forget(*client);
  ++revision_;
}

void ControlToken::free(TimePoint now) {
  set_holder(asking_.empty() ? std::nullopt : std::optional(asking_.front()), now);
}

void ControlToken::forget(ClientId client) {
  if (std::erase(asking_, client) > 0) ++revision_;
}

}  // namespace cs

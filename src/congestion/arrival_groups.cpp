// SPDX-License-Identifier: MIT
#include "congestion/arrival_groups.hpp"

#include <algorithm>

namespace cs {
namespace {

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

bool ArrivalGroups::belongs(const PacketReport& packet) const {
  if (packet.sent - current_->first_sent <= kBurst) return true;
  const Time arrives_after = packet.arrival - current_->last_arrival;
  const bool caught_up = arrives_after < packet.sent - current_->last_sent;
  return caught_up && arrives_after <= kBurst && packet.arrival - current_->first_arrival < kLongestBurst;
}

std::optional<DelayVariation> ArrivalGroups::add(const PacketReport& packet) {
  const Group fresh{packet.sent, packet.sent, packet.arrival, packet.arrival};
  if (!current_) {
    current_ = fresh;
    return std::nullopt;
  }
  if (packet.sent < current_->first_sent) return std::nullopt;
  if (belongs(packet)) {
    current_->last_sent = std::max(current_->last_sent, packet.sent);
    current_->last_arrival = std::max(current_->last_arrival, packet.arrival);
    return std::nullopt;
  }
  std::optional<DelayVariation> variation;
  if (before_) {
    const double arrived_after = milliseconds(current_->last_arrival - before_->last_arrival);
    const double sent_after = milliseconds(current_->last_sent - before_->last_sent);
    if (arrived_after >= 0 && arrived_after < kLongestMs)
      variation = {.milliseconds = arrived_after - sent_after,
                   .sent_after_ms = sent_after,
                   .arrival_ms = milliseconds(current_->last_arrival)};
  }
  before_ = current_;
  current_ = fresh;
  return variation;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "congestion/queue_watch.hpp"

#include <algorithm>

namespace cs {

QueueWatch::Time QueueWatch::delay_of(const PacketReport& packet) {
  return packet.arrival - std::chrono::duration_cast<Time>(packet.sent.time_since_epoch());
}

void QueueWatch::heard(std::span<const PacketReport> packets, TimePoint now) {
  Time best = Time::max();
  for (const PacketReport& packet : packets) best = std::min(best, delay_of(packet));
  // The least of the last spans is the path itself. It ages, since paths change and clocks drift.
  if (now - span_began_ > kSpan) {
    least_before_ = least_;
    least_.reset();
    span_began_ = now;
  }
  least_ = least_ ? std::min(*least_, best) : best;
  waiting_ = best - least();
  judge(now);
}

void QueueWatch::judge(TimePoint now) {
  rising_ = *waiting_ > waiting_before_ + kRise ? rising_ + 1 : 0;
  waiting_before_ = *waiting_;
  if (*waiting_ <= kLong)
    long_since_.reset();
  else if (!long_since_)
    long_since_ = now;
  if (*waiting_ <= kShort)
    short_since_.reset();
  else if (!short_since_)
    short_since_ = now;
  lingers_ = short_since_ && now - *short_since_ >= kStands;
  stands_ = long_since_ && (rising_ >= kRises || *waiting_ > kTooLong || now - *long_since_ >= kStands);
}

bool QueueWatch::has_waited(const PacketReport& packet) const {
  return least_ && delay_of(packet) - least() > kSome;
}

}  // namespace cs

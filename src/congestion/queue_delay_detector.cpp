// SPDX-License-Identifier: MIT
#include "congestion/queue_delay_detector.hpp"

#include <algorithm>

namespace cs {
namespace {

/// Records in `since` how long the condition has been true.
void track_since(std::optional<TimePoint>& since, bool condition, TimePoint now) {
  if (!condition)
    since.reset();
  else if (!since)
    since = now;
}

}  // namespace

QueueDelayDetector::Time QueueDelayDetector::delay_of(const PacketReport& packet) {
  return packet.arrival - std::chrono::duration_cast<Time>(packet.sent.time_since_epoch());
}

void QueueDelayDetector::heard(std::span<const PacketReport> packets, TimePoint now) {
  Time best = Time::max();
  for (const PacketReport& packet : packets) best = std::min(best, delay_of(packet));
  waiting_ = best - least_.add(best, now);
  judge(now);
}

void QueueDelayDetector::found_longer_path() {
  least_.forget();
  waiting_ = waiting_before_ = Time{0};
  rising_ = 0;
  short_since_.reset();
  long_since_.reset();
  lingers_ = stands_ = false;
}

void QueueDelayDetector::judge(TimePoint now) {
  rising_ = *waiting_ > waiting_before_ + kRise ? rising_ + 1 : 0;
  waiting_before_ = *waiting_;
  track_since(short_since_, *waiting_ > kShort, now);
  track_since(long_since_, *waiting_ > kLong, now);
  lingers_ = short_since_ && now - *short_since_ >= kStands;
  stands_ = long_since_ && (rising_ >= kRises || *waiting_ > kTooLong || now - *long_since_ >= kStands);
}

bool QueueDelayDetector::has_waited(const PacketReport& packet) const {
  const auto least = least_.get();
  return least && delay_of(packet) - *least > kSome;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "viewer/path_gauge.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cs {
namespace {

/// Whether `a` is behind `b` in a circle of numbers.
bool is_after(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)) > 0;
}

}  // namespace

void PathGauge::sent(std::uint16_t first, std::uint16_t count, std::int64_t bytes, TimePoint now) {
  const std::lock_guard lock(mutex_);
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto sequence = static_cast<std::uint16_t>(first + i);
    departures_[sequence % kRemembered] = {
        .at = now, .sequence = sequence, .bytes = static_cast<int>(bytes / count), .known = true};
  }
}

PathGauge::Departure* PathGauge::departure(std::uint16_t sequence) {
  Departure& found = departures_[sequence % kRemembered];
  return found.known && found.sequence == sequence ? &found : nullptr;
}

void PathGauge::heard(std::span<const Received> received, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (heard_at_ && now - *heard_at_ > kSilence) returned_ = true;
  heard_at_ = now;
  std::optional<Time> delay;  // of the packet that came through best: the others may have been sent again
  for (const Received& packet : received) {
    const Departure* left = departure(packet.sequence);
    if (left == nullptr || (latest_ && !is_after(packet.sequence, *latest_))) continue;
    const Time one = packet.arrival - std::chrono::duration_cast<Time>(left->at.time_since_epoch());
    delay = delay ? std::min(*delay, one) : one;
  }
  if (delay) learn(*delay, now);
  const bool too_long = delay && *waiting_ > kTooLong;
  estimate(received, too_long, now);
  for (const Received& packet : received)
    if (delay && (!latest_ || is_after(packet.sequence, *latest_))) latest_ = packet.sequence;
  if (too_long) pause(now);
}

void PathGauge::estimate(std::span<const Received> received, bool queue_stands, TimePoint now) {
  std::vector<PacketReport> arrived;
  arrived.reserve(received.size());
  std::optional<std::uint16_t> last;
  for (const Received& packet : received) {
    Departure* left = departure(packet.sequence);
    if (left == nullptr) continue;
    arrived.push_back({left->at, packet.arrival, left->bytes});
    left->known = false;
    if (!latest_ || is_after(packet.sequence, *latest_)) last = packet.sequence;
  }
  int lost = 0;
  if (latest_ && last)
    for (auto number = static_cast<std::uint16_t>(*latest_ + 1); number != *last; ++number)
      if (departure(number) != nullptr) ++lost;
  estimator_.heard(arrived, lost, now, queue_stands);
}

void PathGauge::learn(Time delay, TimePoint now) {
  // The least of the last spans is the path itself. It ages, since paths change and clocks drift.
  if (now - span_began_ > kSpan) {
    least_before_ = least_;
    least_.reset();
    span_began_ = now;
  }
  least_ = least_ ? std::min(*least_, delay) : delay;
  waiting_ = delay - (least_before_ ? std::min(*least_, *least_before_) : *least_);
}

void PathGauge::pause(TimePoint now) {
  if (paused_until_) return;
  const auto until = now + std::min<Clock::duration>(*waiting_, kMostPause);
  paused_until_ = std::max(until, resumed_at_ + kLeastPeriod);
  pauses_.push_back(now);
  if (pauses_.size() > kSlowPauses) pauses_.pop_front();
}

bool PathGauge::may_send(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!paused_until_) return true;
  if (now < *paused_until_) return false;
  paused_until_.reset();
  resumed_at_ = now;
  return true;
}

bool PathGauge::has_returned() {
  const std::lock_guard lock(mutex_);
  return std::exchange(returned_, false);
}

bool PathGauge::is_slow(TimePoint now) {
  const std::lock_guard lock(mutex_);
  while (!pauses_.empty() && now - pauses_.front() > kSpan) pauses_.pop_front();
  return pauses_.size() >= kSlowPauses;
}

std::optional<double> PathGauge::carries() const {
  const std::lock_guard lock(mutex_);
  return estimator_.rate();
}

void PathGauge::set_round_trip(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  estimator_.set_round_trip(time);
}

std::optional<PathGauge::Time> PathGauge::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace cs

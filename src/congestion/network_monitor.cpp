// SPDX-License-Identifier: MIT
#include "congestion/network_monitor.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace cs {
namespace {

/// Whether sequence number `a` follows `b`, modulo 2^16.
bool is_after(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)) > 0;
}

/// Whether the second packet did not queue behind the first.
bool came_apart(const PacketReport& first, const PacketReport& second) {
  constexpr double kMostly = 0.7;
  return second.arrival - first.arrival > kMostly * (second.sent - first.sent);
}

}  // namespace

std::size_t NetworkMonitor::packets_to_remember(int bitrate_kbps) {
  constexpr std::size_t kLeast = 2048;
  constexpr std::size_t kMost = 32'768;  // half of the sequence number space
  constexpr double kPacketBits = 8.0 * 1000;
  constexpr double kSeconds = 2;
  const auto packets = static_cast<std::size_t>(kSeconds * 1000.0 * bitrate_kbps / kPacketBits);
  return std::clamp(std::bit_ceil(packets), kLeast, kMost);
}

bool NetworkMonitor::has_sent(std::uint16_t first, std::uint16_t count) const {
  const std::lock_guard lock(mutex_);
  constexpr std::uint64_t kHalfTheNumbers = 32'768;
  if (count > std::min(sent_, kHalfTheNumbers)) return false;
  return !is_after(static_cast<std::uint16_t>(first + count - 1), last_sent_);
}

void NetworkMonitor::sent(std::uint16_t first, std::uint16_t count, std::int64_t bytes, TimePoint now) {
  const std::lock_guard lock(mutex_);
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto sequence = static_cast<std::uint16_t>(first + i);
    departures_[sequence % departures_.size()] = {
        .at = now, .sequence = sequence, .bytes = static_cast<int>(bytes / count), .known = true};
  }
  last_sent_ = static_cast<std::uint16_t>(first + count - 1);
  sent_ += count;
  if (useful_from_ && static_cast<std::uint16_t>(first - *useful_from_) > kForgotten) useful_from_.reset();
  if (current_) interval_ = now - sent_at_;
  sent_at_ = now;
  remember_frame(bytes, now);
}

void NetworkMonitor::remember_frame(std::int64_t bytes, TimePoint now) {
  if (!current_) current_ = previous_ = {.began = now};
  if (now - current_->began > kSpan) previous_ = std::exchange(*current_, {.began = now});
  current_->bytes += bytes;
  current_->largest = std::max(current_->largest, bytes);
}

const NetworkMonitor::Departure* NetworkMonitor::departure(std::uint16_t sequence) const {
  const Departure& found = departures_[sequence % departures_.size()];
  return found.known && found.sequence == sequence ? &found : nullptr;
}

void NetworkMonitor::heard(std::span<const Received> received, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const Clock::duration silence = heard_at_ ? now - *heard_at_ : Clock::duration{0};
  if (silence > kSilence) returned_ = true;
  silence_ = paused_until_ ? std::max(silence_, silence) : silence;
  heard_at_ = now;
  std::vector<PacketReport> arrived;
  arrived.reserve(received.size());
  const auto before = latest_;
  bool is_news = false;
  for (const Received& packet : received) {
    const Departure* left = departure(packet.sequence);
    if (left == nullptr || (latest_ && !is_after(packet.sequence, *latest_))) continue;
    const PacketReport report{left->at, packet.arrival, left->bytes};
    if (!is_news && report.sent >= resumed_at_) met_no_queue_ = last_ && came_apart(*last_, report);
    last_ = report;
    arrived.push_back(report);
    departures_[packet.sequence % departures_.size()].known = false;
    latest_ = packet.sequence;
    is_news = is_news || report.sent >= resumed_at_;  // packets sent before the pause must not cause another
  }
  const auto limited_before = estimator_.limited_at();
  estimator_.heard(arrived, lost_since(before), now);
  if (on_limited_ && estimator_.limited_at() != limited_before) on_limited_();
  if (paused_until_ && !arrived.empty()) wait_for_queue(now);
  if (!is_news || paused_until_) return;
  if (const auto waited = std::exchange(waited_before_pause_, std::nullopt);
      waited && met_no_queue_ && *estimator_.waiting() > kSameDelay * *waited)
    estimator_.found_longer_path();
  if (*estimator_.waiting() > pause_threshold(now)) pause(now);
}

/// Counts the missing packets before the latest; those sent before a pause are ignored, because they have caused it.
int NetworkMonitor::lost_since(std::optional<std::uint16_t> before) {
  int lost = 0;
  if (before && latest_)
    for (auto number = static_cast<std::uint16_t>(*before + 1); is_after(*latest_, number); ++number)
      if (const Departure* left = departure(number); left != nullptr && left->at >= resumed_at_) ++lost;
  return lost;
}

/// The queueing delay that causes a pause. A single large frame, such as a keyframe, delays those after it; a pause
/// would end with another keyframe and so cause the next pause. But the frame sizes of a stream that has just become
/// too fast do not predict the next frames. So no frame gets more time than it needs in a network that just carries the
/// stream.
Clock::duration NetworkMonitor::pause_threshold(TimePoint now) const {
  if (!current_) return kMinThreshold;
  const double bits = 8.0 * static_cast<double>(std::max(current_->largest, previous_.largest));
  const std::chrono::duration<double> span = std::max<std::chrono::duration<double>>(now - previous_.began, kLeastSpan);
  const double sending = 8.0 * static_cast<double>(current_->bytes + previous_.bytes) / span.count();
  const std::chrono::duration<double> one(bits / std::max(sending, estimator_.rate().value_or(bits)));
  const auto most = std::max(kMaxThreshold, std::chrono::duration_cast<Clock::duration>(kMostOfInterval * interval_));
  return std::clamp<Clock::duration>(std::chrono::duration_cast<Clock::duration>(one) + kMargin, kMinThreshold, most);
}

/// Upper bound of the time to drain the queue; packets dropped by a full queue are still counted.
Clock::duration NetworkMonitor::time_to_drain() const {
  const auto rate = estimator_.leaving_queue();
  if (!rate || !latest_) return kMostPause;
  double bits = 0;
  const auto on_the_way = static_cast<std::uint16_t>(last_sent_ - *latest_);
  for (std::size_t ago = std::min<std::size_t>(on_the_way, departures_.size()); ago-- > 0;)
    if (const Departure* left = departure(static_cast<std::uint16_t>(last_sent_ - ago)); left != nullptr)
      bits += 8.0 * left->bytes;
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(bits / *rate));
}

void NetworkMonitor::pause(TimePoint now) {
  pause_began_ = now;
  waited_before_pause_ = estimator_.waiting();
  pauses_.push_back(now);
  if (pauses_.size() > kSlowPauses) pauses_.pop_front();
  wait_for_queue(now);
}

/// While the queue drains, the peer sends reports. If the queue dropped the last packets, no report about them ever
/// comes, so the wait is bounded.
void NetworkMonitor::wait_for_queue(TimePoint now) {
  const auto no_report = std::chrono::duration_cast<Clock::duration>(kQuiet * silence_);
  const Clock::duration quiet = std::clamp<Clock::duration>(no_report, kLeastQuiet, kMostQuiet);
  paused_until_ = std::min(pause_began_ + kMostPause, now + std::min(time_to_drain(), quiet));
}

bool NetworkMonitor::may_send(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (!paused_until_) return true;
  if ((now < *paused_until_ && latest_ != last_sent_) || now < resumed_at_ + kLeastPeriod) return false;
  paused_until_.reset();
  current_.reset();
  resumed_at_ = now;
  estimator_.queue_has_gone();
  useful_from_ = static_cast<std::uint16_t>(last_sent_ + 1);
  return true;
}

bool NetworkMonitor::is_of_use(std::uint16_t sequence) {
  const std::lock_guard lock(mutex_);
  return !paused_until_ && !(useful_from_ && is_after(*useful_from_, sequence));
}

bool NetworkMonitor::has_returned() {
  const std::lock_guard lock(mutex_);
  return std::exchange(returned_, false);
}

bool NetworkMonitor::is_slow(TimePoint now) {
  const std::lock_guard lock(mutex_);
  while (!pauses_.empty() && now - pauses_.front() > kSpan) pauses_.pop_front();
  return pauses_.size() >= kSlowPauses;
}

std::optional<double> NetworkMonitor::carries() const {
  const std::lock_guard lock(mutex_);
  return estimator_.rate();
}

std::optional<TimePoint> NetworkMonitor::limited_at() const {
  const std::lock_guard lock(mutex_);
  return estimator_.limited_at();
}

void NetworkMonitor::on_limited(std::function<void()> tell) {
  const std::lock_guard lock(mutex_);
  on_limited_ = std::move(tell);
}

void NetworkMonitor::set_round_trip(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  estimator_.set_round_trip(time);
}

std::optional<NetworkMonitor::Time> NetworkMonitor::waiting() const {
  const std::lock_guard lock(mutex_);
  return estimator_.waiting();
}

}  // namespace cs

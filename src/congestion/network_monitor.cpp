// SPDX-License-Identifier: MIT
#include "congestion/network_monitor.hpp"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

namespace cs {
namespace {

/// Whether `a` is behind `b` in a circle of numbers.
bool is_after(std::uint16_t a, std::uint16_t b) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)) > 0;
}

/// Whether the second did not meet the first on its way.
bool came_apart(const PacketReport& first, const PacketReport& second) {
  constexpr double kMostly = 0.7;
  return second.arrival - first.arrival > kMostly * (second.sent - first.sent);
}

}  // namespace

std::size_t NetworkMonitor::packets_to_remember(int bitrate_kbps) {
  constexpr std::size_t kLeast = 2048;
  constexpr std::size_t kMost = 32'768;  // half of the circle of numbers
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
  if (here_) interval_ = now - sent_at_;
  sent_at_ = now;
  remember_picture(bytes, now);
}

void NetworkMonitor::remember_picture(std::int64_t bytes, TimePoint now) {
  if (!here_) here_ = before_ = {.began = now};
  if (now - here_->began > kSpan) before_ = std::exchange(*here_, {.began = now});
  here_->bytes += bytes;
  here_->largest = std::max(here_->largest, bytes);
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
    is_news = is_news || report.sent >= resumed_at_;  // what waited before has had its pause
  }
  const auto limited_before = estimator_.limited_at();
  estimator_.heard(arrived, lost_since(before), now);
  if (on_limited_ && estimator_.limited_at() != limited_before) on_limited_();
  if (paused_until_ && !arrived.empty()) wait_for_queue(now);
  if (!is_news || paused_until_) return;
  if (const auto waited = std::exchange(waited_before_pause_, std::nullopt);
      waited && met_no_queue_ && *estimator_.waiting() > kAsLong * *waited)
    estimator_.found_longer_path();
  if (*estimator_.waiting() > too_long(now)) pause(now);
}

/// How many of those before the latest have not come, but for those before a pause: they have had it.
int NetworkMonitor::lost_since(std::optional<std::uint16_t> before) {
  int lost = 0;
  if (before && latest_)
    for (auto number = static_cast<std::uint16_t>(*before + 1); is_after(*latest_, number); ++number)
      if (const Departure* left = departure(number); left != nullptr && left->at >= resumed_at_) ++lost;
  return lost;
}

/// Where a single picture takes longer to get through, a keyframe say, what follows it has to wait: a pause would end
/// with a keyframe, and be followed by another. But those of a stream that was too much until now say nothing of the
/// next ones, so no picture is thought to need more time than it would in a network that just carried the stream.
Clock::duration NetworkMonitor::too_long(TimePoint now) const {
  if (!here_) return kTooLong;
  const double bits = 8.0 * static_cast<double>(std::max(here_->largest, before_.largest));
  const std::chrono::duration<double> span = std::max<std::chrono::duration<double>>(now - before_.began, kLeastSpan);
  const double sending = 8.0 * static_cast<double>(here_->bytes + before_.bytes) / span.count();
  const std::chrono::duration<double> one(bits / std::max(sending, estimator_.rate().value_or(bits)));
  const auto most = std::max(kMostTooLong, std::chrono::duration_cast<Clock::duration>(kMostOfInterval * interval_));
  return std::clamp<Clock::duration>(std::chrono::duration_cast<Clock::duration>(one) + kBeside, kTooLong, most);
}

/// How long what is on the way takes to get through, at most; what a queue had no room for is still taken to be there.
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

/// As long as something comes out of it the peer has something to report. The last packets may have found no room in
/// it, and then nobody will ever tell of them.
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
  here_.reset();
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

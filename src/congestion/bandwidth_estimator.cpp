// SPDX-License-Identifier: MIT
#include "congestion/bandwidth_estimator.hpp"

#include <algorithm>
#include <utility>

namespace cs {

void BandwidthEstimator::heard(std::span<const PacketReport> arrived, int lost, TimePoint now) {
  PathUse use = PathUse::normal;
  for (const PacketReport& packet : arrived) {
    const auto variation = groups_.add(packet);
    if (!variation) continue;
    // One overusing group is enough; other groups of the same report must not hide it.
    const PathUse one = detector_.add(*variation);
    if (use != PathUse::over) use = one;
  }
  if (!arrived.empty()) {
    queue_.heard(arrived, now);
    heard_ = true;
  }
  remember(arrived);
  const auto rate = arriving();
  if (is_longer_path(rate, now)) found_longer_path();
  if (const auto leaving = best_leaving())
    by_delay_.found_queue(*leaving, now);
  else
    by_delay_.update(queue_.lingers() && use == PathUse::normal ? PathUse::under : use,
                     use == PathUse::over ? rate : arriving_at_least(), now);
  by_loss_.heard(static_cast<int>(arrived.size()), lost, rate, by_delay_.rate(), now);
}

/// Takes the best of several reports: at the end of a queue there are gaps between the packets, and retransmissions may
/// come at any time.
std::optional<double> BandwidthEstimator::best_leaving() {
  if (!queue_.stands()) {
    leaving_.clear();
    return std::nullopt;
  }
  if (const auto leaving = leaving_queue()) leaving_.push_back(*leaving);
  if (leaving_.empty()) return std::nullopt;
  if (leaving_.size() > kDrainReports) leaving_.pop_front();
  return *std::ranges::max_element(leaving_);
}

/// A delay that stays the same although the arrival rate has fallen clearly is no queue.
bool BandwidthEstimator::is_longer_path(std::optional<double> arriving, TimePoint now) {
  if (!queue_.stands()) standing_.clear();
  if (!queue_.stands() || !arriving || !recent_.front().has_waited) return false;
  standing_.push_back({now, *queue_.waiting(), *arriving});
  while (now - standing_.front().at > kStandingWindow) standing_.pop_front();
  const Standing busiest = std::ranges::max(standing_, {}, &Standing::arriving);
  const Standing longest = std::ranges::max(standing_, {}, &Standing::waiting);
  const bool has_fallen = now - busiest.at >= kTimeToShrink && *arriving < kFallenRate * busiest.arriving;
  return has_fallen && *queue_.waiting() > kSameDelay * longest.waiting;
}

void BandwidthEstimator::found_longer_path() {
  queue_.found_longer_path();
  by_delay_.found_no_queue();
  standing_.clear();
  leaving_.clear();
}

void BandwidthEstimator::queue_has_gone() {
  groups_ = {};
  detector_.begin_anew();
  by_loss_.begin_anew();
  resumes_ = true;
}

std::optional<double> BandwidthEstimator::rate() const {
  if (!heard_) return std::nullopt;
  return std::clamp(std::min(by_delay_.rate(), by_loss_.rate()), bounds_.least, bounds_.most);
}

std::optional<TimePoint> BandwidthEstimator::limited_at() const {
  return std::max(by_delay_.decreased_at(), by_loss_.much_lost_at());  // an empty optional compares lowest
}

void BandwidthEstimator::remember(std::span<const PacketReport> arrived) {
  for (const PacketReport& packet : arrived) {
    const bool clock_has_jumped = !recent_.empty() && packet.arrival + kRateWindow < recent_.front().at;
    const bool after_a_pause = !recent_.empty() && packet.sent - recent_.back().sent > kPause;
    if (clock_has_jumped || after_a_pause) {
      recent_.clear();
      recent_bytes_ = 0;
      is_single_ = after_a_pause && !std::exchange(resumes_, false);
    }
    recent_.push_back({packet.arrival, packet.sent, packet.bytes, queue_.has_waited(packet)});
    recent_bytes_ += packet.bytes;
  }
  while (recent_.size() > kMostRecent || (!recent_.empty() && recent_.back().at - recent_.front().at > kRateWindow)) {
    recent_bytes_ -= recent_.front().bytes;
    recent_.pop_front();
  }
}

std::optional<double> BandwidthEstimator::arriving() const {
  if (recent_.size() < kLeastRecent) return std::nullopt;
  const std::chrono::duration<double> span = recent_.back().at - recent_.front().at;
  if (span < kLeastSpan) return std::nullopt;
  return 8 * static_cast<double>(recent_bytes_ - recent_.front().bytes) / span.count();
}

std::optional<double> BandwidthEstimator::arriving_at_least() const {
  if (!is_single_ || recent_.size() < 2) return arriving();
  const std::chrono::duration<double> span =
      std::max<std::chrono::microseconds>(recent_.back().at - recent_.front().at, kLeastSpan);
  return 8 * static_cast<double>(recent_bytes_ - recent_.front().bytes) / span.count();
}

std::optional<double> BandwidthEstimator::leaving_queue() const {
  long bytes = 0;
  std::size_t count = 0;
  std::chrono::duration<double> span{0};
  for (auto packet = recent_.rbegin(); packet != recent_.rend() && packet->has_waited; ++packet, ++count) {
    span = recent_.back().at - packet->at;
    if (span > kMaxDrainSpan) break;
    bytes += packet->bytes;
    if (span >= kMinDrainSpan && count + 1 >= kMinDrainPackets) {
      bytes -= packet->bytes;  // it arrived at the beginning of the span
      break;
    }
  }
  if (count + 1 < kMinDrainPackets || span < kMinDrainSpan || span > kMaxDrainSpan) return std::nullopt;
  return 8 * static_cast<double>(bytes) / span.count();
}

}  // namespace cs

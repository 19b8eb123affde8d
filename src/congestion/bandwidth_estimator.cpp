// SPDX-License-Identifier: MIT
#include "congestion/bandwidth_estimator.hpp"

#include <algorithm>

namespace cs {

void BandwidthEstimator::heard(std::span<const PacketReport> arrived, int lost, TimePoint now, bool queue_stands) {
  PathUse use = PathUse::normal;
  for (const PacketReport& packet : arrived) {
    const auto variation = groups_.add(packet);
    if (!variation) continue;
    // One group that overuses is enough; the others of the same report may not hide it.
    const PathUse one = detector_.add(*variation);
    if (use != PathUse::over) use = one;
  }
  const auto rate = arriving(arrived);
  by_delay_.update(queue_stands && rate ? PathUse::over : use, rate, now);
  count_losses(static_cast<int>(arrived.size()), lost, rate.value_or(0), now);
  if (!arrived.empty()) heard_ = true;
}

std::optional<double> BandwidthEstimator::rate() const {
  if (!heard_) return std::nullopt;
  return std::clamp(std::min(by_delay_.rate(), by_loss_), bounds_.least, bounds_.most);
}

std::optional<double> BandwidthEstimator::arriving(std::span<const PacketReport> arrived) {
  for (const PacketReport& packet : arrived) {
    const bool clock_began_anew = !recent_.empty() && packet.arrival + kRateWindow < recent_.front().at;
    const bool after_a_pause = !recent_.empty() && packet.sent - recent_.back().sent > kPause;
    if (clock_began_anew || after_a_pause) {
      recent_.clear();
      recent_bytes_ = 0;
    }
    recent_.push_back({packet.arrival, packet.sent, packet.bytes});
    recent_bytes_ += packet.bytes;
  }
  while (recent_.size() > kMostRecent || (!recent_.empty() && recent_.back().at - recent_.front().at > kRateWindow)) {
    recent_bytes_ -= recent_.front().bytes;
    recent_.pop_front();
  }
  if (recent_.size() < kLeastRecent) return std::nullopt;
  const std::chrono::duration<double> span = recent_.back().at - recent_.front().at;
  if (span < kLeastSpan) return std::nullopt;
  return 8 * static_cast<double>(recent_bytes_ - recent_.front().bytes) / span.count();
}

/// Section 6; but what arrives without loss needs no proof by small steps.
void BandwidthEstimator::count_losses(int arrived, int lost, double arriving, TimePoint now) {
  counted_arrived_ += arrived;
  counted_lost_ += lost;
  if (!losses_since_) losses_since_ = now;
  if (now - *losses_since_ < kLossWindow || counted_arrived_ + counted_lost_ == 0) return;
  const double share = static_cast<double>(counted_lost_) / (counted_arrived_ + counted_lost_);
  if (share > kMuchLoss)
    by_loss_ = std::min(by_loss_, by_delay_.rate()) * (1 - 0.5 * share);
  else if (share < kLittleLoss)
    by_loss_ = std::max(by_loss_ * kIncreaseByLoss, arriving);
  by_loss_ = std::clamp(by_loss_, bounds_.least, std::max(bounds_.least, 2 * by_delay_.rate()));
  losses_since_ = now;
  counted_arrived_ = counted_lost_ = 0;
}

}  // namespace cs

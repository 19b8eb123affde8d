// SPDX-License-Identifier: MIT
#include "congestion/bandwidth_estimator.hpp"

#include <algorithm>

namespace cs {

void BandwidthEstimator::heard(std::span<const PacketReport> arrived, int lost, TimePoint now) {
  PathUse use = PathUse::normal;
  for (const PacketReport& packet : arrived) {
    const auto variation = groups_.add(packet);
    if (!variation) continue;
    // One group that overuses is enough; the others of the same report may not hide it.
    const PathUse one = detector_.add(*variation);
    if (use != PathUse::over) use = one;
  }
  by_delay_.update(use, arriving(arrived), now);
  count_losses(static_cast<int>(arrived.size()), lost, now);
  if (!arrived.empty()) heard_ = true;
}

std::optional<double> BandwidthEstimator::rate() const {
  if (!heard_) return std::nullopt;
  return std::clamp(std::min(by_delay_.rate(), by_loss_), bounds_.least, bounds_.most);
}

std::optional<double> BandwidthEstimator::arriving(std::span<const PacketReport> arrived) {
  for (const PacketReport& packet : arrived) {
    if (!recent_.empty() && packet.arrival + kRateWindow < recent_.front().at) {  // the peer's clock began anew
      recent_.clear();
      recent_bytes_ = 0;
    }
    recent_.push_back({packet.arrival, packet.bytes});
    recent_bytes_ += packet.bytes;
  }
  while (recent_.size() > kMostRecent || (!recent_.empty() && recent_.back().at - recent_.front().at > kRateWindow)) {
    recent_bytes_ -= recent_.front().bytes;
    recent_.pop_front();
  }
  if (recent_.size() < kLeastRecent) return std::nullopt;
  // From the first to the last, so that a pause of ours before the first is not taken for theirs.
  const std::chrono::duration<double> span = recent_.back().at - recent_.front().at;
  if (span < kLeastSpan) return std::nullopt;
  return 8 * static_cast<double>(recent_bytes_ - recent_.front().bytes) / span.count();
}

/// Section 6.
void BandwidthEstimator::count_losses(int arrived, int lost, TimePoint now) {
  counted_arrived_ += arrived;
  counted_lost_ += lost;
  if (!losses_since_) losses_since_ = now;
  if (now - *losses_since_ < kLossWindow || counted_arrived_ + counted_lost_ == 0) return;
  const double share = static_cast<double>(counted_lost_) / (counted_arrived_ + counted_lost_);
  if (share > kMuchLoss)
    by_loss_ = std::min(by_loss_, by_delay_.rate()) * (1 - 0.5 * share);
  else if (share < kLittleLoss)
    by_loss_ *= kIncreaseByLoss;
  by_loss_ = std::clamp(by_loss_, bounds_.least, std::max(bounds_.least, 2 * by_delay_.rate()));
  losses_since_ = now;
  counted_arrived_ = counted_lost_ = 0;
}

}  // namespace cs

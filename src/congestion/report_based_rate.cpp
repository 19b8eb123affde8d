// SPDX-License-Identifier: MIT
#include "congestion/report_based_rate.hpp"

#include <algorithm>

namespace cs {

void ReportBasedRate::heard(double loss, std::optional<Seconds> round_trip, double sending, TimePoint now) {
  is_crowded_ = round_trip && *round_trip - least_.add(*round_trip, now) > kWaiting;
  if (loss > kMuchLoss || is_crowded_) {
    const double factor = std::min(is_crowded_ ? kDecrease : 1, loss > kMuchLoss ? 1 - 0.5 * loss : 1);
    rate_ = std::max(kLeast, factor * std::min(sending, rate_.value_or(sending)));
    limited_at_ = now;
  } else if (rate_ && loss < kLittleLoss) {
    rate_ = std::max(*rate_, std::min(*rate_ * kIncrease, kMostBeyondSending * sending));
  }
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "congestion/report_based_rate.hpp"

#include <algorithm>
#include <cmath>

namespace cs {

void ReportBasedRate::heard(double loss, std::optional<Seconds> round_trip, double sending, TimePoint now) {
  is_crowded_ = round_trip && *round_trip - least_.add(*round_trip, now) > kWaiting;
  if (is_crowded_) {
    by_queue_ = std::max(kLeast, kDecrease * std::min(sending, by_queue_.value_or(sending)));
    crowded_at_ = now;
  } else if (by_queue_) {
    by_queue_ = std::max(*by_queue_, std::min(*by_queue_ * kIncrease, kMostBeyondSending * sending));
  }
  const int lost = static_cast<int>(std::lround(loss * kParts));
  by_loss_.heard(kParts - lost, lost, (1 - loss) * sending, std::min(sending, by_queue_.value_or(sending)), now);
}

std::optional<double> ReportBasedRate::rate() const {
  if (!by_loss_.much_lost_at()) return by_queue_;
  return std::min(by_loss_.rate(), by_queue_.value_or(by_loss_.rate()));
}

}  // namespace cs

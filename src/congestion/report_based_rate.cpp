// SPDX-License-Identifier: MIT
#include "congestion/report_based_rate.hpp"

#include <algorithm>

namespace cs {

void ReportBasedRate::heard(double loss, std::optional<Seconds> round_trip, double sending, TimePoint now) {
  is_crowded_ = false;
  if (round_trip) learn(*round_trip, now);
  if (loss > kMuchLoss || is_crowded_) {
    const double factor = std::min(is_crowded_ ? kDecrease : 1, loss > kMuchLoss ? 1 - 0.5 * loss : 1);
    rate_ = std::max(kLeast, factor * std::min(sending, rate_.value_or(sending)));
    limited_at_ = now;
  } else if (rate_ && loss < kLittleLoss) {
    rate_ = std::max(*rate_, std::min(*rate_ * kIncrease, kMostBeyondSending * sending));
  }
}

void ReportBasedRate::learn(Seconds round_trip, TimePoint now) {
  if (now - span_began_ > kSpan) {
    least_before_ = least_;
    least_.reset();
    span_began_ = now;
  }
  least_ = std::min(round_trip, least_.value_or(round_trip));
  is_crowded_ = round_trip - std::min(*least_, least_before_.value_or(*least_)) > kWaiting;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "congestion/delay_based_rate.hpp"

#include <algorithm>
#include <cmath>

namespace cs {

void DelayBasedRate::update(PathUse use, std::optional<double> arriving, TimePoint now) {
  const double seconds =
      updated_at_ ? std::clamp(std::chrono::duration<double>(now - *updated_at_).count(), 0.0, 1.0) : 0;
  updated_at_ = now;
  before_queue_.reset();
  enter(use);
  switch (state_) {
    case State::hold:
      break;
    case State::increase:
      increase(arriving, seconds);
      break;
    case State::decrease:
      if (arriving) decrease(*arriving);
      state_ = State::hold;  // until the queue is empty
      break;
  }
  rate_ = std::clamp(rate_, least_, most_);
}

void DelayBasedRate::found_queue(double leaving, TimePoint now) {
  updated_at_ = decreased_at_ = now;
  state_ = State::hold;
  if (!before_queue_) before_queue_ = rate_;
  if (limit_ && leaving < *limit_ - 3 * deviation()) limit_.reset();
  rate_ = std::clamp(std::min(kDecrease * leaving, *before_queue_), least_, most_);
  learn_limit(leaving);
}

void DelayBasedRate::found_no_queue() {
  if (before_queue_) rate_ = *before_queue_;
  before_queue_.reset();
  limit_.reset();
}

void DelayBasedRate::enter(PathUse use) {
  switch (use) {
    case PathUse::over:
      state_ = State::decrease;
      break;
    case PathUse::under:
      state_ = State::hold;
      break;
    case PathUse::normal:
      state_ = State::increase;
      break;
  }
}

void DelayBasedRate::increase(std::optional<double> arriving, double seconds) {
  if (limit_ && arriving && *arriving > *limit_ + 3 * deviation()) limit_.reset();  // the capacity has increased
  // A rate that arrives without a growing queue is proven. After a queue, it must exceed the estimate by a margin and
  // the queue must have drained; otherwise random variation would raise the rate step by step.
  if (!decreased_at_ && arriving)
    rate_ = std::max(rate_, *arriving);
  else if (arriving && *updated_at_ - *decreased_at_ > kSettling)
    rate_ = std::max(rate_, *arriving / kClearlyMore);
  double more = 0;
  if (limit_) {
    const double response_s = (kReactionMs + static_cast<double>(round_trip_.count())) / 1000;
    more = std::max(1000.0, kNearLimit * std::min(seconds / response_s, 1.0) * kPacketBits);
  } else {
    const bool is_calm = decreased_at_ && *updated_at_ - *decreased_at_ > kCalm;
    more = std::max(1000.0, rate_ * (std::pow(is_calm ? kFastIncreasePerSecond : kIncreasePerSecond, seconds) - 1));
  }
  if (seconds == 0) more = 0;
  const double most = arriving ? kMostBeyondArriving * *arriving + 10'000 : rate_;  // unknown: no increase
  rate_ = std::max(rate_, std::min(rate_ + more, most));
}

void DelayBasedRate::decrease(double arriving) {
  if (limit_ && arriving < *limit_ - 3 * deviation()) limit_.reset();
  rate_ = std::min(rate_, kDecrease * arriving);
  decreased_at_ = updated_at_;
  learn_limit(arriving);
}

double DelayBasedRate::deviation() const {
  return std::sqrt(limit_variance_ * *limit_ / 1000) * 1000;
}

void DelayBasedRate::learn_limit(double arriving) {
  const double kbps = arriving / 1000;
  const double mean = limit_ ? (1 - kLimitSmoothing) * *limit_ / 1000 + kLimitSmoothing * kbps : kbps;
  const double error = mean - kbps;
  limit_variance_ = (1 - kLimitSmoothing) * limit_variance_ + kLimitSmoothing * error * error / std::max(mean, 1.0);
  limit_variance_ = std::clamp(limit_variance_, 0.4, 2.5);
  limit_ = mean * 1000;
}

}  // namespace cs

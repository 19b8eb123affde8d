// SPDX-License-Identifier: MIT
#include "congestion/loss_based_rate.hpp"

#include <algorithm>
#include <cmath>

namespace cs {

void LossBasedRate::heard(int arrived, int lost, std::optional<double> arriving, double by_delay, TimePoint now) {
  arrived_ += arrived;
  lost_ += lost;
  if (!since_) since_ = now;
  const int counted = arrived_ + lost_;
  if (counted == 0 || now - *since_ < (counted < kEnough ? kLongestWindow : kWindow)) return;
  const std::chrono::duration<double> window = now - *since_;
  judge(static_cast<double>(lost_) / counted, window.count(), arriving, by_delay, now);
  rate_ = std::clamp(rate_, least_, std::max(least_, 2 * by_delay));
  since_ = now;
  arrived_ = lost_ = 0;
}

void LossBasedRate::begin_anew() {
  since_.reset();
  arrived_ = lost_ = 0;
}

void LossBasedRate::judge(double share, double seconds, std::optional<double> arriving, double by_delay,
                          TimePoint now) {
  if (share > std::max(kMuchLoss, usual_ + kClearlyMore)) return lower(share, arriving, by_delay, now);
  if (share >= usual_ + kLittleLoss) return;
  if (usual_ > 0) usual_ += kUsualSmoothing * (share - usual_);
  const bool is_calm = !much_lost_at_ || now - *much_lost_at_ > kCalm;
  // A rate that arrives is proven: no small steps are needed.
  rate_ =
      std::max(rate_ * std::pow(is_calm ? kFastIncreasePerSecond : kIncreasePerSecond, seconds), arriving.value_or(0));
  trial_.reset();
}

void LossBasedRate::lower(double share, std::optional<double> arriving, double by_delay, TimePoint now) {
  const double sent = share < 1 ? arriving.value_or(0) / (1 - share) : 0;  // 0: not known
  if (trial_ && sent > 0 && sent < kTried * trial_->sent) {
    const Trial tried = *trial_;
    trial_.reset();
    const double usual = (share + tried.share) / 2;
    if (usual < kMostUsual && !has_helped(tried, share, sent)) {
      usual_ = usual;
      rate_ = tried.rate;
      much_lost_at_ = lost_before_trial_;
      return;
    }
  }
  const double from = std::min(rate_, by_delay);
  if (!trial_ && sent > 0) {
    trial_ = {.rate = from, .sent = sent, .share = share};
    lost_before_trial_ = much_lost_at_;
  }
  // The path carries at least this share of the arrival rate, even if an overflowing queue drops most packets.
  const double least = std::min(from, kCarried * arriving.value_or(0));
  rate_ = std::max(least, from * (1 - 0.5 * (share - usual_)));
  much_lost_at_ = now;
}

/// Whether sending less has reduced the loss. With a full queue, the arrival rate would stay the same and the loss
/// would fall with the send rate.
bool LossBasedRate::has_helped(const Trial& trial, double share, double sent) {
  const double if_ours = std::max(0.0, 1 - (1 - trial.share) * trial.sent / sent);
  return share < (trial.share + if_ours) / 2;
}

}  // namespace cs

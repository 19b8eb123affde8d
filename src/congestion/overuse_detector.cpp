// SPDX-License-Identifier: MIT
#include "congestion/overuse_detector.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cs {

PathUse OveruseDetector::add(const DelayVariation& variation) {
  if (groups_ == 0 || variation.arrival_ms < adapted_at_) {
    points_.clear();
    first_arrival_ = adapted_at_ = variation.arrival_ms;
  }
  ++groups_;
  delay_ += variation.milliseconds;
  smoothed_ = kSmoothing * smoothed_ + (1 - kSmoothing) * delay_;
  points_.push_back({variation.arrival_ms - first_arrival_, smoothed_});
  if (points_.size() > kWindow) points_.pop_front();

  const double now_slope = points_.size() == kWindow ? slope() : slope_before_;
  const double trend = static_cast<double>(std::min(groups_, kMostGroups)) * now_slope * kGain;
  PathUse use = PathUse::normal;
  if (trend > threshold_) {
    over_for_ms_ += variation.sent_after_ms;
    ++over_groups_;
    if (over_for_ms_ > kOveruseMs && over_groups_ > 1 && now_slope >= slope_before_) {
      over_for_ms_ = over_groups_ = 0;
      use = PathUse::over;
    }
  } else {
    over_for_ms_ = over_groups_ = 0;
    if (trend < -threshold_) use = PathUse::under;
  }
  slope_before_ = now_slope;
  adapt(trend, variation.arrival_ms);
  return use;
}

void OveruseDetector::begin_anew() {
  const double threshold = threshold_;
  *this = {};
  threshold_ = threshold;
}

/// Slope of the least-squares line.
double OveruseDetector::slope() const {
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [x, y] : points_) {
    mean_x += x;
    mean_y += y;
  }
  mean_x /= static_cast<double>(points_.size());
  mean_y /= static_cast<double>(points_.size());
  double above = 0;
  double below = 0;
  for (const auto& [x, y] : points_) {
    above += (x - mean_x) * (y - mean_y);
    below += (x - mean_x) * (x - mean_x);
  }
  return below == 0 ? slope_before_ : above / below;
}

void OveruseDetector::adapt(double trend, double arrival_ms) {
  const double step = std::clamp(arrival_ms - std::exchange(adapted_at_, arrival_ms), 0.0, kLongestStep);
  const double size = std::abs(trend);
  if (size > threshold_ + kOutlier) return;
  threshold_ += (size < threshold_ ? kDown : kUp) * (size - threshold_) * step;
  threshold_ = std::clamp(threshold_, kLeastThreshold, kMostThreshold);
}

}  // namespace cs

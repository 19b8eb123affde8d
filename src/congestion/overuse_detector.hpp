// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>

#include "congestion/arrival_groups.hpp"

namespace cs {

/// State of the path, by the trend of the delays.
enum class PathUse {
  normal,
  over,   ///< a queue grows
  under,  ///< a queue empties
};

/// Detects whether delays grow, shrink or stay. The trend is the slope of a line through the delays of the last groups
/// over their arrival times. It is compared with a threshold that follows it slowly, so that a flow that shares the
/// path with queue-filling flows does not starve (draft-ietf-rmcat-gcc-02, section 5.4). The line replaces the draft's
/// Kalman filter (section 5.3), as in libwebrtc. Pure; one thread.
class OveruseDetector {
 public:
  [[nodiscard]] PathUse add(const DelayVariation& variation);

  /// Resets the history, but keeps the threshold.
  void begin_anew();

  [[nodiscard]] double threshold_ms() const { return threshold_; }

 private:
  static constexpr std::size_t kWindow = 20;      // groups
  static constexpr double kSmoothing = 0.9;       // of the delay, per group
  static constexpr double kGain = 4;              // of the trend, to match the draft's threshold
  static constexpr std::size_t kMostGroups = 60;  // beyond it, more groups do not raise the trend's weight
  static constexpr double kOveruseMs = 10;        // how long the trend must exceed the threshold
  static constexpr double kLeastThreshold = 6;    // ms, as the next two
  static constexpr double kMostThreshold = 600;
  static constexpr double kFirstThreshold = 12.5;
  static constexpr double kOutlier = 15;  // ms above the threshold: ignored by the threshold
  static constexpr double kUp = 0.0087;   // speed of the threshold, per ms
  static constexpr double kDown = 0.039;
  static constexpr double kLongestStep = 100;  // ms

  struct Point {
    double arrival_ms;
    double delay_ms;
  };
  [[nodiscard]] double slope() const;
  void adapt(double trend, double arrival_ms);

  std::deque<Point> points_;
  double first_arrival_ = 0;
  double delay_ = 0;  // ms, the latest group relative to the first
  double smoothed_ = 0;
  std::size_t groups_ = 0;
  double threshold_ = kFirstThreshold;
  double adapted_at_ = 0;
  double slope_before_ = 0;
  double over_for_ms_ = 0;
  int over_groups_ = 0;
};

}  // namespace cs

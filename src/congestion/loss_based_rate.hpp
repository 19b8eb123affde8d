// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// The rate that losses allow: falls while more than 10 % is lost, grows while almost nothing is
/// (draft-ietf-rmcat-gcc-02, section 6). In addition to the draft, it learns which losses do not depend on the send
/// rate: a full queue drops less when less is sent, a radio link does not. Rates are in bits per second. Pure; one
/// thread.
class LossBasedRate {
 public:
  LossBasedRate(double least, double most) : least_(least), rate_(most) {}

  /// Processes a report. `arrived`, `lost`: packets; `arriving`: the rate at which packets arrive, if known;
  /// `by_delay`: the rate that delays allow.
  void heard(int arrived, int lost, std::optional<double> arriving, double by_delay, TimePoint now);

  /// Starts a new measurement window, for example after a pause.
  void begin_anew();

  [[nodiscard]] double rate() const { return rate_; }

  /// When the rate last fell because of loss; none: never, or the loss did not depend on the send rate.
  [[nodiscard]] std::optional<TimePoint> much_lost_at() const { return much_lost_at_; }

 private:
  static constexpr std::chrono::milliseconds kWindow{500};
  static constexpr std::chrono::seconds kLongestWindow{2};
  static constexpr int kEnough = 50;  // packets needed to judge the loss before the longest window ends
  static constexpr double kMuchLoss = 0.1;
  static constexpr double kLittleLoss = 0.02;   // above the usual loss
  static constexpr double kClearlyMore = 0.05;  // above the usual loss
  static constexpr double kMostUsual = 0.2;     // above it, always reduce the rate, whatever the cause
  static constexpr double kUsualSmoothing = 0.1;
  static constexpr double kIncreasePerSecond = 1.1;
  static constexpr double kFastIncreasePerSecond = 1.4;  // after kCalm without much loss, as in DelayBasedRate
  static constexpr std::chrono::seconds kCalm{5};
  static constexpr double kCarried = 0.85;  // minimum, of the arrival rate
  static constexpr double kTried = 0.8;     // the test ends when the send rate has fallen to this share

  /// A test whether a lower rate reduces the loss.
  struct Trial {
    double rate = 0;
    double sent = 0;
    double share = 0;  // loss before the test, 0 to 1
  };

  void judge(double share, double seconds, std::optional<double> arriving, double by_delay, TimePoint now);
  void lower(double share, std::optional<double> arriving, double by_delay, TimePoint now);
  [[nodiscard]] static bool has_helped(const Trial& trial, double share, double sent);

  const double least_;
  double rate_;
  double usual_ = 0;  // loss that does not depend on the send rate, 0 to 1
  std::optional<Trial> trial_;
  std::optional<TimePoint> much_lost_at_;
  std::optional<TimePoint> lost_before_trial_;  // much_lost_at_ before the test
  std::optional<TimePoint> since_;
  int arrived_ = 0;
  int lost_ = 0;
};

}  // namespace cs

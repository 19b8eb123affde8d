// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// The rate that the losses allow: it falls while more than a tenth is lost, and grows while next to nothing is
/// (draft-ietf-rmcat-gcc-02, section 6). Unlike the draft's it learns which losses are not of its making: a queue that
/// is too small drops less when less is sent, a radio link does not care. Rates are bits per second. Pure; one thread.
class LossBasedRate {
 public:
  LossBasedRate(double least, double most) : least_(least), rate_(most) {}

  /// Of a report: packets that came and did not; the rate at which packets arrive, where it is known; and the rate that
  /// the delays allow.
  void heard(int arrived, int lost, std::optional<double> arriving, double by_delay, TimePoint now);

  /// What comes next has nothing to do with what came before.
  void begin_anew();

  [[nodiscard]] double rate() const { return rate_; }

  /// When so much was last lost that the rate fell; none: never, or it was not of our making.
  [[nodiscard]] std::optional<TimePoint> much_lost_at() const { return much_lost_at_; }

 private:
  static constexpr std::chrono::milliseconds kWindow{500};
  static constexpr std::chrono::seconds kLongestWindow{2};
  static constexpr int kEnough = 50;  // packets, for a share to mean something in less than the longest window
  static constexpr double kMuchLoss = 0.1;
  static constexpr double kLittleLoss = 0.02;   // beyond the usual
  static constexpr double kClearlyMore = 0.05;  // than the usual
  static constexpr double kMostUsual = 0.2;     // with more than that, less sent is better whoever's fault it is
  static constexpr double kUsualSmoothing = 0.1;
  static constexpr double kIncreasePerSecond = 1.1;
  static constexpr double kFastIncreasePerSecond = 1.4;  // where little was lost for so long, as for delays:
  static constexpr std::chrono::seconds kCalm{5};
  static constexpr double kCarried = 0.85;  // of what arrives, at least
  static constexpr double kTried = 0.8;     // of what was sent at first, when it shows whether that has helped

  /// The rate is being lowered to see whether that helps.
  struct Trial {
    double rate = 0;
    double sent = 0;
    double share = 0;  // that was lost
  };

  void judge(double share, double seconds, std::optional<double> arriving, double by_delay, TimePoint now);
  void lower(double share, std::optional<double> arriving, double by_delay, TimePoint now);
  [[nodiscard]] static bool has_helped(const Trial& trial, double share, double sent);

  const double least_;
  double rate_;
  double usual_ = 0;  // share that is lost however little is sent
  std::optional<Trial> trial_;
  std::optional<TimePoint> much_lost_at_;
  std::optional<TimePoint> lost_before_trial_;  // much_lost_at_
  std::optional<TimePoint> since_;
  int arrived_ = 0;
  int lost_ = 0;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "congestion/overuse_detector.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// The rate that the delays allow: it grows while they stay, by a share where nothing is known of the path's limit and
/// by steps near the rates at which it was found before, and falls below what arrives when they grow (additive
/// increase, multiplicative decrease; draft-ietf-rmcat-gcc-02, section 5.5). Rates are bits per second. Pure; one
/// thread.
class DelayBasedRate {
 public:
  DelayBasedRate(double least, double most, double first) : least_(least), most_(most), rate_(first) {}

  /// `arriving`: the rate at which packets reach the peer, where it is known.
  void update(PathUse use, std::optional<double> arriving, TimePoint now);

  /// Packets wait in a queue, and leave it at that rate: so much the path carries now, which is better known than by
  /// what arrives without one. Goes below it, so that the queue empties.
  void found_queue(double leaving, TimePoint now);

  /// There was none: what was lowered for it is as before.
  void found_no_queue();

  void set_round_trip(std::chrono::milliseconds time) { round_trip_ = time; }

  [[nodiscard]] double rate() const { return rate_; }

  /// When the path last showed that there is a limit; none: it has not.
  [[nodiscard]] std::optional<TimePoint> decreased_at() const { return decreased_at_; }

 private:
  enum class State { hold, increase, decrease };

  static constexpr double kDecrease = 0.85;
  static constexpr double kIncreasePerSecond = 1.08;
  static constexpr double kFastIncreasePerSecond = 1.4;  // where no limit is known, and none was near for so long:
  static constexpr std::chrono::seconds kCalm{5};
  static constexpr double kMostBeyondArriving = 1.5;  // what is not sent proves nothing
  static constexpr double kNearLimit =
      1;  // packets a response time; the draft, without a QueueDelayDetector, has half of it
  static constexpr double kPacketBits = 8 * 1200;
  static constexpr double kReactionMs = 100;                   // of detector and feedback, beside the round trip
  static constexpr std::chrono::milliseconds kSettling{1000};  // until nothing arrives that waited in a queue
  static constexpr double kClearlyMore = 1.2;
  static constexpr double kLimitSmoothing = 0.05;

  void enter(PathUse use);
  void increase(std::optional<double> arriving, double seconds);
  void decrease(double arriving);
  [[nodiscard]] double deviation() const;
  void learn_limit(double arriving);

  const double least_;
  const double most_;
  double rate_;
  State state_ = State::hold;
  std::chrono::milliseconds round_trip_{100};
  std::optional<TimePoint> updated_at_;
  std::optional<TimePoint> decreased_at_;
  std::optional<double> before_queue_;  // the rate, while there is one
  std::optional<double> limit_;         // mean of the rates at which queues began to grow
  double limit_variance_ = 0.4;         // in kbit/s per kbit/s of it
};

}  // namespace cs

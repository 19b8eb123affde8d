// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "congestion/overuse_detector.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// The rate that delays allow. Grows while delays are stable: exponentially while no limit of the path is known, in
/// steps near a limit found earlier. Falls below the arrival rate when delays grow (additive increase, multiplicative
/// decrease; draft-ietf-rmcat-gcc-02, section 5.5). Rates are in bits per second. Pure; one thread.
class DelayBasedRate {
 public:
  DelayBasedRate(double least, double most, double first) : least_(least), most_(most), rate_(first) {}

  /// `arriving`: the rate at which packets reach the peer, if known.
  void update(PathUse use, std::optional<double> arriving, TimePoint now);

  /// A queue drains at the rate `leaving`, which is the present capacity and more exact than the arrival rate without a
  /// queue. Lowers the rate below it, so that the queue empties.
  void found_queue(double leaving, TimePoint now);

  /// The queue was a false alarm: restores the rate from before it.
  void found_no_queue();

  void set_round_trip(std::chrono::milliseconds time) { round_trip_ = time; }

  [[nodiscard]] double rate() const { return rate_; }

  /// When the path last reached its limit; none: never.
  [[nodiscard]] std::optional<TimePoint> decreased_at() const { return decreased_at_; }

 private:
  enum class State { hold, increase, decrease };

  static constexpr double kDecrease = 0.85;
  static constexpr double kIncreasePerSecond = 1.08;
  static constexpr double kFastIncreasePerSecond = 1.4;  // with no known limit, and none reached for kCalm
  static constexpr std::chrono::seconds kCalm{5};
  static constexpr double kMostBeyondArriving = 1.5;  // a higher rate is not probed
  // Packets per response time; the draft, without a QueueDelayDetector, uses half a packet.
  static constexpr double kNearLimit = 1;
  static constexpr double kPacketBits = 8 * 1200;
  static constexpr double kReactionMs = 100;  // of detector and feedback, in addition to the round trip
  static constexpr std::chrono::milliseconds kSettling{1000};  // until all queued packets have arrived
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
  std::optional<double> before_queue_;  // the rate before the present queue; none: no queue
  std::optional<double> limit_;         // mean of the rates at which queues began to grow
  double limit_variance_ = 0.4;         // in kbit/s, relative to the limit
};

}  // namespace cs

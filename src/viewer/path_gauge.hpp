// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>

#include "congestion/bandwidth_estimator.hpp"
#include "cubestream/clock.hpp"
#include "viewer/transport_feedback.hpp"

namespace cs {

/// Says when the network between us and a peer cannot carry the pictures: their packets then wait somewhere on the way,
/// each a bit longer than the one before, which is seen by when they were sent and when the peer says that they came.
/// Once they wait too long a pause is due, as long as the waiting, so that what waits gets through; nothing needs to be
/// known of the network's rate, and each end of a pause tries whether it has risen. Lost packets mean nothing here,
/// they are sent again. Any thread.
class PathGauge {
 public:
  /// `count` packets leave now, numbered from `first` on, of so many `bytes` together.
  void sent(std::uint16_t first, std::uint16_t count, std::int64_t bytes, TimePoint now);

  /// What the peer says of them.
  void heard(std::span<const Received> received, TimePoint now);

  /// Whether pictures may be sent now; false during a pause.
  [[nodiscard]] bool may_send(TimePoint now);

  /// Whether the network is too slow for the pictures: pauses come one after the other.
  [[nodiscard]] bool is_slow(TimePoint now);

  /// Whether the peer is heard again that was silent for more than a second; says so once.
  [[nodiscard]] bool has_returned();

  /// How many bits per second the network carries, at least; nothing: there is no report. The stream sends what it
  /// sends, so of a network that carries it easily this is half as much again.
  [[nodiscard]] std::optional<double> carries() const;

  void set_round_trip(std::chrono::milliseconds time);

  /// How long packets wait on the way, by the latest report; nothing: there is none.
  [[nodiscard]] std::optional<std::chrono::microseconds> waiting() const;

 private:
  using Time = std::chrono::microseconds;

  static constexpr Time kTooLong{80'000};                         // that packets wait
  static constexpr std::chrono::milliseconds kLeastPeriod{1000};  // from one end of a pause to the next: each costs
                                                                  // everybody a keyframe
  static constexpr std::chrono::milliseconds kMostPause{2000};
  static constexpr std::chrono::milliseconds kSilence{1000};
  static constexpr std::chrono::seconds kSpan{5};   // over which pauses are counted, and half of what the least delay
                                                    // is remembered for
  static constexpr std::size_t kSlowPauses = 3;     // in that span
  static constexpr std::size_t kRemembered = 2048;  // packets, a power of two: more than a second's of a fast stream

  struct Departure {
    TimePoint at;
    std::uint16_t sequence = 0;
    int bytes = 0;
    bool known = false;  // and not yet told of
  };
  [[nodiscard]] Departure* departure(std::uint16_t sequence);
  void estimate(std::span<const Received> received, bool queue_stands, TimePoint now);
  void learn(Time delay, TimePoint now);
  void pause(TimePoint now);

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  std::array<Departure, kRemembered> departures_ = {};
  std::optional<std::uint16_t> latest_;  // of which the peer told
  std::optional<Time> least_;            // delay in this span, between two clocks that have nothing in common
  std::optional<Time> least_before_;     // in the span before
  TimePoint span_began_;
  std::optional<Time> waiting_;
  std::optional<TimePoint> heard_at_;
  bool returned_ = false;
  std::optional<TimePoint> paused_until_;
  TimePoint resumed_at_ = TimePoint::min();
  std::deque<TimePoint> pauses_;
  BandwidthEstimator estimator_{BandwidthEstimator::Bounds{}};
};

}  // namespace cs

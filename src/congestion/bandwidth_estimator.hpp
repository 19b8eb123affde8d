// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>

#include "congestion/arrival_groups.hpp"
#include "congestion/delay_based_rate.hpp"
#include "congestion/loss_based_rate.hpp"
#include "congestion/overuse_detector.hpp"
#include "congestion/packet_report.hpp"
#include "congestion/queue_delay_detector.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Estimates the capacity of the path to a peer from per-packet feedback, in bits per second: the lower of the
/// delay-based and the loss-based rate (draft-ietf-rmcat-gcc-02). The estimate is capped at 1.5 times the send rate,
/// because higher rates are not probed. Pure; one thread.
class BandwidthEstimator {
 public:
  struct Bounds {
    double least = 50'000;  ///< all rates are in bits per second
    double most = 200'000'000;
    double first = 1'000'000;  ///< initial estimate
  };
  explicit BandwidthEstimator(const Bounds& bounds)
      : bounds_(bounds), by_delay_(bounds.least, bounds.most, bounds.first), by_loss_(bounds.least, bounds.most) {}

  /// Processes a feedback message: the packets that arrived, in sending order, and how many of those sent before the
  /// last of them are missing.
  void heard(std::span<const PacketReport> arrived, int lost, TimePoint now);

  /// The measured delay is not a queue: the base delay of the path has increased. Restarts the queue detection.
  void found_longer_path();

  /// Call after a pause in sending: queued packets have arrived or are lost. Discards the delay and loss history.
  void queue_has_gone();

  /// Queueing delay by the latest report; none before the first.
  [[nodiscard]] std::optional<QueueDelayDetector::Time> waiting() const { return queue_.waiting(); }

  /// The rate at which the current queue drains, which is the present capacity of the path; none: there is no queue.
  [[nodiscard]] std::optional<double> leaving_queue() const;

  void set_round_trip(std::chrono::milliseconds time) { by_delay_.set_round_trip(time); }

  /// None before the first report.
  [[nodiscard]] std::optional<double> rate() const;

  /// When delay or loss last showed that the capacity was reached; none: never, the capacity is unknown.
  [[nodiscard]] std::optional<TimePoint> limited_at() const;

 private:
  static constexpr std::chrono::milliseconds kRateWindow{500};
  static constexpr std::chrono::milliseconds kPause{150};  // in sending; such gaps say nothing about the path
  static constexpr std::chrono::milliseconds kLeastSpan{100};
  static constexpr std::size_t kLeastRecent = 8;
  static constexpr std::chrono::milliseconds kMinDrainSpan{100};  // shortest span to measure a drain rate
  static constexpr std::chrono::milliseconds kMaxDrainSpan{400};  // longest span, before the latest packet
  static constexpr std::size_t kMinDrainPackets = 5;
  static constexpr std::size_t kDrainReports = 4;                    // the best of the last so many reports counts
  static constexpr std::chrono::milliseconds kStandingWindow{1500};  // how long the delay is observed
  // After a fall of the rate, a queue shrinks in this time.
  static constexpr std::chrono::milliseconds kTimeToShrink{400};
  static constexpr double kFallenRate = 0.7;          // share of the former arrival rate
  static constexpr double kSameDelay = 0.85;          // share of the former delay; above it, the delay has not fallen
  static constexpr std::size_t kMostRecent = 16'384;  // packets

  void remember(std::span<const PacketReport> arrived);
  /// The rate at which packets reach the peer; none: too few packets or too short a time.
  [[nodiscard]] std::optional<double> arriving() const;

  /// A lower bound of the same. Also works for a single frame, for frame rates so low that no two frames fit into the
  /// window.
  [[nodiscard]] std::optional<double> arriving_at_least() const;
  [[nodiscard]] std::optional<double> best_leaving();
  [[nodiscard]] bool is_longer_path(std::optional<double> arriving, TimePoint now);

  const Bounds bounds_;
  ArrivalGroups groups_;
  OveruseDetector detector_;
  QueueDelayDetector queue_;
  DelayBasedRate by_delay_;
  LossBasedRate by_loss_;

  struct Arrival {
    std::chrono::microseconds at;
    TimePoint sent;
    int bytes;
    bool has_waited;
  };
  std::deque<Arrival> recent_;  // packets of the last kRateWindow
  long recent_bytes_ = 0;
  std::deque<double> leaving_;  // drain rates of the present queue, bits per second
  struct Standing {
    TimePoint at;
    QueueDelayDetector::Time waiting;
    double arriving;
  };
  std::deque<Standing> standing_;  // history of the present queue
  bool heard_ = false;
  bool resumes_ = false;   // the next frame is the first after a network pause
  bool is_single_ = true;  // recent_ begins with the very first frame, or with one sent after a gap
};

}  // namespace cs

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

/// How many bits per second the path to a peer carries, by what the peer says of each packet: the lesser of what delays
/// and what losses allow (draft-ietf-rmcat-gcc-02). It is not raised beyond 1.5 times what is really sent, so of a path
/// that carries more than it has to it says that much. Pure; one thread.
class BandwidthEstimator {
 public:
  struct Bounds {
    double least = 50'000;  ///< bits per second, as all rates
    double most = 200'000'000;
    double first = 1'000'000;  ///< before anything is known
  };
  explicit BandwidthEstimator(const Bounds& bounds)
      : bounds_(bounds), by_delay_(bounds.least, bounds.most, bounds.first), by_loss_(bounds.least, bounds.most) {}

  /// What a feedback message says: the packets that came, in the order of their sending, and how many of those sent
  /// before the last of them did not.
  void heard(std::span<const PacketReport> arrived, int lost, TimePoint now);

  /// Packets took as long as if they had waited, though nothing was before them on the way: the path has become longer.
  void found_longer_path();

  /// We have paused: what waited has come through or is lost, and tells nothing of what is sent from now on.
  void queue_has_gone();

  /// How long packets wait on the path, by the latest report; none before the first.
  [[nodiscard]] std::optional<QueueDelayDetector::Time> waiting() const { return queue_.waiting(); }

  /// At which rate packets leave the queue that they wait in, which is what the path carries at this moment; none: they
  /// do not wait.
  [[nodiscard]] std::optional<double> leaving_queue() const;

  void set_round_trip(std::chrono::milliseconds time) { by_delay_.set_round_trip(time); }

  /// None before the first report.
  [[nodiscard]] std::optional<double> rate() const;

  /// When the path last showed, by delays or losses, that it carries no more; none: it has not, and may carry anything.
  [[nodiscard]] std::optional<TimePoint> limited_at() const;

 private:
  static constexpr std::chrono::milliseconds kRateWindow{500};
  static constexpr std::chrono::milliseconds kPause{150};  // of ours: what comes in it says nothing of the path
  static constexpr std::chrono::milliseconds kLeastSpan{100};
  static constexpr std::size_t kLeastRecent = 8;
  static constexpr std::chrono::milliseconds kEnough{100};  // of packets that left a queue, and
  static constexpr std::chrono::milliseconds kLatest{400};  // not longer ago
  static constexpr std::size_t kLeastWaited = 5;
  static constexpr std::size_t kLeavings = 4;                 // reports, of which the best counts
  static constexpr std::chrono::milliseconds kWatched{1500};  // in which a queue
  static constexpr std::chrono::milliseconds kToShrink{400};  // would shrink
  static constexpr double kClearlyLess = 0.7;                 // with so much less coming into it than came out of it
  static constexpr double kAsLong = 0.85;                     // as it was is not shorter
  static constexpr std::size_t kMostRecent = 16'384;          // packets

  void remember(std::span<const PacketReport> arrived);
  /// The rate at which packets reach the peer; none: too few came, or within too short a time.
  [[nodiscard]] std::optional<double> arriving() const;

  /// The same, or less: also of a single picture, where pictures are sent so rarely that no two are compared.
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
  std::deque<Arrival> recent_;  // of the last kRateWindow
  long recent_bytes_ = 0;
  std::deque<double> leaving_;  // of the present queue, bits per second
  struct Standing {
    TimePoint at;
    QueueDelayDetector::Time waiting;
    double arriving;
  };
  std::deque<Standing> standing_;  // of the present queue, without what came before it
  bool heard_ = false;
  bool resumes_ = false;   // the next picture is the first after a pause that the network needed
  bool is_single_ = true;  // recent_ begins with a picture sent a while after the one before, or with the first
};

}  // namespace cs

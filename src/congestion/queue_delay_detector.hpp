// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "congestion/packet_report.hpp"
#include "congestion/windowed_min.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Detects whether packets queue on the path, by their delay relative to the recent minimum. The overuse detector sees
/// only a growing queue; this class also sees one that is constant, or long already. Pure; one thread.
class QueueDelayDetector {
 public:
  using Time = std::chrono::microseconds;

  /// Processes the packets of one report, at least one.
  void heard(std::span<const PacketReport> packets, TimePoint now);

  /// The measured delay is not a queue: the base delay of the path has increased.
  void found_longer_path();

  /// Queueing delay by the latest report: the minimum of its packets, because others may be retransmissions. None
  /// before the first report.
  [[nodiscard]] std::optional<Time> waiting() const { return waiting_; }

  /// Whether there is a long queue that persists, unlike the short-lived queue of a keyframe.
  [[nodiscard]] bool stands() const { return stands_; }

  /// Whether there is a short queue that persists: the capacity of the path is used up.
  [[nodiscard]] bool lingers() const { return lingers_; }

  /// Whether the packet was delayed by a queue.
  [[nodiscard]] bool has_waited(const PacketReport& packet) const;

 private:
  static constexpr Time kSome{10'000};
  static constexpr Time kShort{20'000};
  static constexpr Time kLong{40'000};
  static constexpr std::chrono::milliseconds kStands{200};  // time after which a long or a short queue is persistent
  static constexpr Time kTooLong{80'000};                   // persistent at once
  static constexpr Time kRise{10'000};                      // increase from one report to the next
  static constexpr int kRises = 2;  // after this many increases, a long queue is persistent at once

  [[nodiscard]] static Time delay_of(const PacketReport& packet);
  void judge(TimePoint now);

  WindowedMin<Time> least_;  // minimum delay, between two unrelated clocks
  std::optional<Time> waiting_;
  Time waiting_before_{0};  // by the previous report
  int rising_ = 0;          // consecutive reports with an increase
  std::optional<TimePoint> short_since_;
  std::optional<TimePoint> long_since_;
  bool lingers_ = false;
  bool stands_ = false;
};

}  // namespace cs

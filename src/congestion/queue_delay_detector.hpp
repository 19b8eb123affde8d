// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "congestion/packet_report.hpp"
#include "congestion/windowed_min.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Sees whether packets wait on the path, by how much longer they take than the fastest of late did. The overuse
/// detector sees a queue that grows; this one also sees one that stays as long as it is, or is long already. Pure; one
/// thread.
class QueueDelayDetector {
 public:
  using Time = std::chrono::microseconds;

  /// The packets of one report, at least one.
  void heard(std::span<const PacketReport> packets, TimePoint now);

  /// What was taken for a queue is the path itself, which has become longer.
  void found_longer_path();

  /// How long packets wait by the latest report: the one that came through best, for others may have been sent again.
  /// None before the first.
  [[nodiscard]] std::optional<Time> waiting() const { return waiting_; }

  /// There is a queue that is no passing one, as a keyframe makes it.
  [[nodiscard]] bool stands() const { return stands_; }

  /// There is a short one that stays: the path is used, and carries no more.
  [[nodiscard]] bool lingers() const { return lingers_; }

  /// Whether that packet has found a queue on its way.
  [[nodiscard]] bool has_waited(const PacketReport& packet) const;

 private:
  static constexpr Time kSome{10'000};
  static constexpr Time kShort{20'000};
  static constexpr Time kLong{40'000};
  static constexpr std::chrono::milliseconds kStands{200};  // of a long one, or a short one
  static constexpr Time kTooLong{80'000};                   // that stands at once
  static constexpr Time kRise{10'000};                      // from one report to the next:
  static constexpr int kRises = 2;                          // so often, and a long one stands at once

  [[nodiscard]] static Time delay_of(const PacketReport& packet);
  void judge(TimePoint now);

  WindowedMin<Time> least_;  // delay, between two clocks that have nothing in common
  std::optional<Time> waiting_;
  Time waiting_before_{0};  // by the report before
  int rising_ = 0;          // reports, one after the other
  std::optional<TimePoint> short_since_;
  std::optional<TimePoint> long_since_;
  bool lingers_ = false;
  bool stands_ = false;
};

}  // namespace cs

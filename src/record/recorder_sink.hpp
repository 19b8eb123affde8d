// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/access_unit.hpp"
#include "record/segment.hpp"
#include "record/segment_clock.hpp"

namespace cs {

/// Feeds a recording: hands the units to the current segment, and at a keyframe goes on with the next, which stands
/// ready. A segment that is behind gets nothing until the next keyframe. Built and destroyed on the main thread, which
/// also gives and takes the segments; the sink half is a fan-out thread's.
class RecorderSink final : public AccessUnitSink {
 public:
  struct Handlers {
    std::function<void()> request_keyframe;
    /// A segment was left for the next one: collect() it. On the fan-out's thread.
    std::function<void()> on_change;
  };
  /// How far it has come.
  struct Position {
    std::string file;     ///< that is written now; empty: none is there yet
    std::uint64_t bytes;  ///< of it
    TimePoint began;      ///< its first picture
    TimePoint last;       ///< the latest picture handed on for it
  };

  RecorderSink(SegmentClock::Limits limits, Handlers handlers, Metrics& metrics);

  [[nodiscard]] bool has_room() override;
  void push(const AccessUnit& unit) override;

  /// The segment after this one. At first it is the first. Main thread.
  void stand_by(std::unique_ptr<Segment> next);
  [[nodiscard]] bool wants_next() const;

  /// The segments that were left; their ends have been ordered. Main thread.
  [[nodiscard]] std::vector<std::unique_ptr<Segment>> collect();

  /// The last segment, its end ordered; nothing is taken any more. Null: nothing was ever recorded into it. Main
  /// thread.
  [[nodiscard]] std::unique_ptr<Segment> finish();

  /// Empty before the first picture. Main thread.
  [[nodiscard]] std::optional<Position> position() const;

 private:
  [[nodiscard]] bool change_at(const AccessUnit& unit);

  const Handlers handlers_;
  Metric& skipped_;

  mutable std::mutex mutex_;  // guards all below; held for no longer than it takes to queue a unit
  SegmentClock clock_;
  std::unique_ptr<Segment> current_;
  std::unique_ptr<Segment> next_;
  std::vector<std::unique_ptr<Segment>> left_;
  std::vector<std::byte> parameters_;  // SPS and PPS of the current segment, which has no room for others
  TimePoint began_;
  TimePoint last_;
  bool finished_ = false;
};

/// The parameter sets (SPS and PPS, ITU-T H.264, 7.3.2) of a keyframe, one after the other. Pure.
[[nodiscard]] std::vector<std::byte> parameter_sets(const AccessUnit& unit);

}  // namespace cs

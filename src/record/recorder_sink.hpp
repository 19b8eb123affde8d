// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/access_unit.hpp"
#include "loop/wakeup.hpp"
#include "record/segment.hpp"
#include "record/segment_clock.hpp"

namespace cs {

/// Feeds a recording: passes access units to the current segment, and changes to the prepared next segment at a
/// keyframe. A segment whose queue is full gets nothing until the next keyframe. Main thread, except has_room() and
/// push(): fan-out thread.
class RecorderSink final : public AccessUnitSink {
 public:
  /// Progress of the current file.
  struct Position {
    std::string file;     ///< name; empty: it does not exist yet
    std::uint64_t bytes;  ///< its size
    TimePoint began;      ///< capture time of its first frame
    TimePoint last;       ///< capture time of the latest frame passed to it
  };

  /// `request_keyframe`: called on the fan-out thread. `changed`: woken when the segment has changed, so that the main
  /// thread calls collect() and stand_by(). The references must outlive the sink.
  RecorderSink(SegmentClock::Limits limits, std::function<void()> request_keyframe, const Wakeup& changed,
               Metrics& metrics);

  [[nodiscard]] bool has_room() override;
  void push(const AccessUnit& unit) override;

  /// Sets the next segment; at the start, the first one. Main thread.
  void stand_by(std::unique_ptr<Segment> next);
  [[nodiscard]] bool wants_next() const;

  /// Returns the segments that were replaced; finish() has been called on them. Main thread.
  [[nodiscard]] std::vector<std::unique_ptr<Segment>> collect();

  /// Ends the recording: ignores further access units and returns the last segment, on which finish() has been called.
  /// Null if no segment was begun. Main thread.
  [[nodiscard]] std::unique_ptr<Segment> finish();

  /// Returns nullopt before the first frame. Main thread.
  [[nodiscard]] std::optional<Position> position() const;

 private:
  [[nodiscard]] bool begins_segment(const AccessUnit& unit);

  const std::function<void()> request_keyframe_;
  const Wakeup& changed_;
  Metric& skipped_;

  mutable std::mutex mutex_;  // guards all members below; held only while an access unit is queued
  SegmentClock clock_;
  std::unique_ptr<Segment> current_;
  std::unique_ptr<Segment> next_;
  std::vector<std::unique_ptr<Segment>> replaced_;
  std::vector<std::byte> parameters_;  // SPS and PPS of the current segment
  TimePoint began_;
  TimePoint last_;
  bool finished_ = false;
};

}  // namespace cs

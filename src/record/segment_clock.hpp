// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Decides when a recording changes to a new file: at the first keyframe after the file reaches its maximum duration or
/// size. The size limit leaves disk space for older files. Pure; one thread.
class SegmentClock {
 public:
  struct Limits {
    std::chrono::seconds length;
    std::uint64_t bytes;
  };
  enum class Step {
    go_on,             ///< the access unit belongs to the current file
    ask_for_keyframe,  ///< the same; request a keyframe to change the file at
    change             ///< the access unit begins a new file
  };

  explicit SegmentClock(Limits limits) : limits_(limits) {}

  /// A file begins; `at`: capture time of its first access unit.
  void begin(TimePoint at) {
    began_ = at;
    bytes_ = 0;
  }

  [[nodiscard]] Step on_unit(bool keyframe, TimePoint at, std::uint64_t bytes) {
    const bool due = at - began_ >= limits_.length || bytes_ >= limits_.bytes;
    bytes_ += bytes;
    if (!due) return Step::go_on;
    return keyframe ? Step::change : Step::ask_for_keyframe;
  }

 private:
  const Limits limits_;
  TimePoint began_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cs

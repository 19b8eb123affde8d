// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Decides when a recording goes on in a new file: at the first keyframe after a file's time is over, or after it has
/// become so large that it would crowd out the others. Pure; one thread.
class SegmentClock {
 public:
  struct Limits {
    std::chrono::seconds length;
    std::uint64_t bytes;
  };
  enum class Step {
    go_on,
    ask_for_keyframe,  ///< and go on until it comes
    change             ///< this unit begins a new file
  };

  explicit SegmentClock(Limits limits) : limits_(limits) {}

  /// A file begins with a unit of that time.
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

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "cubestream/access_unit.hpp"

namespace cs {

/// The latest units: from the last keyframe that is old enough for a clip of the wanted length, or, where they would
/// take too much memory, from a later one. Pure; one thread.
class ClipRing {
 public:
  struct Limits {
    Clock::duration length;
    std::uint64_t bytes;
  };

  explicit ClipRing(Limits limits) : limits_(limits) {}

  /// True: units were given up for want of memory.
  bool push(const AccessUnit& unit) {
    if (units_.empty() && !unit.keyframe) return false;
    if (unit.keyframe) keyframes_.push_back(units_.size());
    units_.push_back(unit);
    bytes_ += unit.data.size();
    while (keyframes_.size() > 1 && unit.captured_at - units_[keyframes_[1]].captured_at >= limits_.length)
      drop_first_group();
    bool gave_up = false;
    while (bytes_ > limits_.bytes && !units_.empty()) {
      drop_first_group();
      gave_up = true;
    }
    return gave_up;
  }

  void clear() {
    units_.clear();
    keyframes_.clear();
    bytes_ = 0;
  }

  /// Cheap to copy, as units are.
  [[nodiscard]] std::vector<AccessUnit> units() const { return {units_.begin(), units_.end()}; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  void drop_first_group() {
    const std::size_t count = keyframes_.size() > 1 ? keyframes_[1] : units_.size();
    for (std::size_t i = 0; i < count; ++i) {
      bytes_ -= units_.front().data.size();
      units_.pop_front();
    }
    keyframes_.pop_front();
    for (std::size_t& place : keyframes_) place -= count;
  }

  const Limits limits_;
  std::deque<AccessUnit> units_;
  std::deque<std::size_t> keyframes_;  // their places among the units
  std::uint64_t bytes_ = 0;
};

}  // namespace cs

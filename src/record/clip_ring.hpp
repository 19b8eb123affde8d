// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cubestream/access_unit.hpp"

namespace cs {

/// A keyframe and the units that follow it, up to the next keyframe.
using UnitGroup = std::vector<AccessUnit>;

/// Keeps the latest access units: from the last keyframe that is old enough for a clip of the configured length, or
/// from a later keyframe if they would exceed the memory limit. Pure; one thread.
class ClipRing {
 public:
  struct Limits {
    Clock::duration length;
    std::uint64_t bytes;
  };

  explicit ClipRing(Limits limits) : limits_(limits) {}

  /// Returns true if access units were discarded because of the memory limit.
  bool push(const AccessUnit& unit) {
    if (groups_.empty() && !unit.keyframe) return false;
    if (unit.keyframe) groups_.push_back({std::make_shared<UnitGroup>(), 0});
    groups_.back().units->push_back(unit);
    groups_.back().bytes += unit.data.size();
    bytes_ += unit.data.size();
    while (groups_.size() > 1 && unit.captured_at - groups_[1].units->front().captured_at >= limits_.length)
      drop_first_group();
    bool discarded = false;
    while (bytes_ > limits_.bytes && !groups_.empty()) {
      drop_first_group();
      discarded = true;
    }
    return discarded;
  }

  void clear() {
    groups_.clear();
    bytes_ = 0;
  }

  /// Returns the kept groups in order. Shares all groups but the last, which is still growing and is copied. Takes time
  /// linear in the number of groups plus the access units of the last group.
  [[nodiscard]] std::vector<std::shared_ptr<const UnitGroup>> groups() const {
    std::vector<std::shared_ptr<const UnitGroup>> result;
    if (groups_.empty()) return result;
    result.reserve(groups_.size());
    for (const Group& group : groups_) result.push_back(group.units);
    result.back() = std::make_shared<const UnitGroup>(*groups_.back().units);
    return result;
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  struct Group {
    std::shared_ptr<UnitGroup> units;  // constant once the next group has begun
    std::uint64_t bytes;
  };

  void drop_first_group() {
    bytes_ -= groups_.front().bytes;
    groups_.pop_front();
  }

  const Limits limits_;
  std::deque<Group> groups_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cs

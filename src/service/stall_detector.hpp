// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cubestream/clock.hpp"

namespace cs {

/// Judges how long the heartbeats have been silent. Each that stands still is complained of once, and once more is said
/// when it goes on. Pure; one thread.
class StallDetector {
 public:
  /// A heartbeat's name, and for how long its beat has been due; empty while it rests.
  using Silence = std::pair<std::string, std::optional<Clock::duration>>;

  struct Report {
    bool all_well = true;
    std::vector<std::string> errors;  ///< a sentence for each heartbeat that stands still since the last report
    std::vector<std::string> notes;   ///< one for each that goes on
  };

  /// A silence longer than `timeout` is too long.
  explicit StallDetector(Clock::duration timeout) : timeout_(timeout) {}

  [[nodiscard]] Report check(const std::vector<Silence>& silences);

 private:
  Clock::duration timeout_;
  std::set<std::string> stuck_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cubestream/clock.hpp"

namespace cs {

/// Detects stalled threads by the silence of their heartbeats. Reports each stall once, and its end once. Pure; one
/// thread.
class StallDetector {
 public:
  /// Name of a heartbeat, and for how long its tick has been due; nullopt while it rests.
  using Silence = std::pair<std::string, std::optional<Clock::duration>>;

  struct Report {
    bool all_well = true;
    std::vector<std::string> errors;  ///< one sentence per heartbeat that stalled since the last report
    std::vector<std::string> notes;   ///< one sentence per heartbeat that recovered
  };

  /// A heartbeat that is silent for longer than `timeout` is stalled.
  explicit StallDetector(Clock::duration timeout) : timeout_(timeout) {}

  [[nodiscard]] Report check(const std::vector<Silence>& silences);

 private:
  Clock::duration timeout_;
  std::set<std::string> stuck_;
};

}  // namespace cs

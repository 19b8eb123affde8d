// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

namespace cs {

/// Computes the pause before a failed operation is retried. The pause doubles up to a maximum and returns to the first
/// value after an operation that ran for at least that maximum. Pure; one thread.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  explicit Backoff(Duration first = std::chrono::seconds(5), Duration longest = std::chrono::seconds(60))
      : first_(first), longest_(longest), next_(first) {}

  /// `ran`: how long the operation ran before it failed.
  [[nodiscard]] Duration after_failure(Duration ran) {
    if (ran >= longest_) next_ = first_;
    const Duration pause = next_;
    next_ = std::min(2 * next_, longest_);
    return pause;
  }

 private:
  const Duration first_;
  const Duration longest_;
  Duration next_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

namespace cs {

/// How long to wait before a recording that failed is tried again: longer each time, and short again after one that
/// went well for a while. Pure; one thread.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  explicit Backoff(Duration first = std::chrono::seconds(5), Duration longest = std::chrono::seconds(60))
      : first_(first), longest_(longest), next_(first) {}

  /// `ran`: how long it was recording before.
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

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cs {

/// Upper bounds of the histogram buckets, in microseconds: four steps per power of two, up to 2^19 µs. The error of a
/// quantile is one eighth at most.
inline constexpr auto kBucketBoundsUs = [] {
  std::array<std::int64_t, 72> bounds = {};
  std::size_t count = 0;
  for (std::int64_t us = 1; us < 8; ++us) bounds[count++] = us;
  for (std::int64_t octave = 8; count < bounds.size(); octave *= 2)
    for (std::int64_t quarter = 4; quarter < 8 && count < bounds.size(); ++quarter)
      bounds[count++] = octave * quarter / 4;
  return bounds;
}();
static_assert(kBucketBoundsUs.back() == 1 << 19);

/// Histogram of durations. Any thread.
class Histogram {
 public:
  static constexpr std::size_t kBuckets = kBucketBoundsUs.size() + 1;  // the last one has no upper bound

  void add(std::chrono::nanoseconds time) {
    const auto us = std::chrono::ceil<std::chrono::microseconds>(time).count();
    const auto bucket = std::ranges::lower_bound(kBucketBoundsUs, us) - kBucketBoundsUs.begin();
    buckets_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(time.count(), std::memory_order_relaxed);
  }

  /// Count of each bucket. Not an atomic snapshot: values added during the call may be included or not.
  [[nodiscard]] std::array<std::int64_t, kBuckets> buckets() const {
    std::array<std::int64_t, kBuckets> counts;
    std::ranges::transform(buckets_, counts.begin(), [](const auto& n) { return n.load(std::memory_order_relaxed); });
    return counts;
  }

  [[nodiscard]] std::chrono::nanoseconds sum() const {
    return std::chrono::nanoseconds(sum_ns_.load(std::memory_order_relaxed));
  }

 private:
  std::array<std::atomic<std::int64_t>, kBuckets> buckets_ = {};
  std::atomic<std::int64_t> sum_ns_ = 0;
};

}  // namespace cs

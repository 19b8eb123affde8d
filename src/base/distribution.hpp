// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cs {

/// A histogram with a few buckets in the unit of the measured value, for values that are measured rarely and need no
/// quantiles. Histogram is for the processing stages of each frame. Any thread.
class Distribution {
 public:
  /// `bounds`: upper bounds of the buckets, ascending. One more bucket has no upper bound.
  explicit Distribution(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void add(double value) {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }

  /// Count of each bucket. Not an atomic snapshot: values added during the call may be included or not.
  [[nodiscard]] std::vector<std::int64_t> counts() const {
    std::vector<std::int64_t> counts;
    for (const auto& n : counts_) counts.push_back(n.load(std::memory_order_relaxed));
    return counts;
  }

  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  std::vector<std::atomic<std::int64_t>> counts_;
  std::atomic<double> sum_ = 0;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cs {

/// How a figure was distributed each time it was measured: a few buckets in the figure's own unit, for what is seldom
/// measured and needs no quantiles of its own (Histogram is for the stages of each picture). Any thread.
class Distribution {
 public:
  /// `bounds`: the buckets' upper ends, rising; one more bucket is open.
  explicit Distribution(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}

  void add(double value) {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }

  /// How many fell into each bucket. Not of one instant: what is added meanwhile may be in or not.
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

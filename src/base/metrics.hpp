// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cs {

/// A number that others may look at while it changes: it counts up, or for things that are alive, up and down.
/// Any thread.
class Metric {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// Every number of the process by its name, in snake_case; names of pure counters end in "_total". Any thread.
class Metrics {
 public:
  /// The metric of that name, made at first use; the reference stays good as long as this object lives.
  [[nodiscard]] Metric& get(const std::string& name);

  /// All of them, in the order of their making.
  [[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> all() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::pair<std::string, Metric>> metrics_;  // guarded by mutex_; a deque, so that references stay good
};

}  // namespace cs

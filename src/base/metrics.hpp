// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/distribution.hpp"
#include "base/heartbeat.hpp"
#include "base/histogram.hpp"

namespace cs {

/// A counter, or a gauge that goes up and down. Any thread.
class Metric {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// Labels of a metric, as {name, value}. The values must come from a small, fixed set: each combination stays for the
/// lifetime of the process.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// The current value of a metric.
struct Reading {
  std::string name;
  Labels labels;
  std::int64_t value = 0;
};

/// A processing stage of a frame, and its durations.
struct Stage {
  std::string name;
  Histogram times;
};

/// Registry of everything the process reports about itself: metrics with names in snake_case (names of counters end in
/// "_total"), durations of stages, distributions, text facts, and heartbeats for stall detection. The exported metrics
/// and their meaning are listed in src/observability/metric_table.cpp. Any thread.
class Metrics {
 public:
  /// The metric with this name and these labels, created at first use. The reference is valid for the lifetime of this
  /// object.
  [[nodiscard]] Metric& get(const std::string& name, const Labels& labels = {});

  /// All metrics, in order of creation.
  [[nodiscard]] std::vector<Reading> all() const;

  /// The sum of all metrics with this name, over all labels.
  [[nodiscard]] std::int64_t total(const std::string& name) const;

  /// The durations of a stage, created at first use. The reference is valid for the lifetime of this object.
  [[nodiscard]] Histogram& stage(const std::string& name);

  /// All stages, in order of creation. The pointers are valid for the lifetime of this object.
  [[nodiscard]] std::vector<const Stage*> stages() const;

  /// The distribution with this name, created with these bounds at first use. The reference is valid for the lifetime
  /// of this object.
  [[nodiscard]] Distribution& distribution(const std::string& name, const std::vector<double>& bounds);

  /// All distributions, sorted by name. The pointers are valid for the lifetime of this object.
  [[nodiscard]] std::vector<std::pair<std::string, const Distribution*>> distributions() const;

  /// Sets a fact in words, such as the scene in use. `of`: what it is about where there are several, such as the codec
  /// of an encoder.
  void state(const std::string& name, std::string fact, const std::string& of = "");
  /// Empty: it was never set.
  [[nodiscard]] std::string fact(const std::string& name, const std::string& of = "") const;
  /// The facts of that name, by what they are about.
  [[nodiscard]] std::map<std::string, std::string> facts(const std::string& name) const;

  /// The heartbeat of that kind and name, made at first use; the reference is valid as long as this object lives.
  [[nodiscard]] Heartbeat& heartbeat(Heartbeat::Kind kind, const std::string& name);

  struct NamedHeartbeat {
    Heartbeat::Kind kind;
    std::string name;
    const Heartbeat* heartbeat;
  };
  /// All heartbeats. They live as long as this object.
  [[nodiscard]] std::vector<NamedHeartbeat> heartbeats() const;

 private:
  struct Numbered {
    std::string name;
    Labels labels;
    Metric metric = {};
  };

  mutable std::mutex mutex_;
  // Guarded by mutex_. Deques and maps keep references valid.
  std::map<std::pair<std::string, Labels>, Metric*> index_;
  std::deque<Numbered> metrics_;
  std::deque<Stage> stages_;
  std::map<std::string, Distribution> distributions_;
  std::map<std::string, std::map<std::string, std::string>> facts_;
  std::map<std::pair<Heartbeat::Kind, std::string>, Heartbeat> heartbeats_;
};

}  // namespace cs

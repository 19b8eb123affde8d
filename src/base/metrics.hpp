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

/// A number that others may look at while it changes: it counts up, or for things that are alive, up and down.
/// Any thread.
class Metric {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// What tells metrics of one name apart, as {name, value}. The values come from a small set that is known beforehand:
/// each combination stays for the life of the process.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// What a metric says at this moment.
struct Reading {
  std::string name;
  Labels labels;
  std::int64_t value = 0;
};

/// A stage of a picture's way, and how long it took.
struct Stage {
  std::string name;
  Histogram times;
};

/// What the process tells of itself: numbers by their names in snake_case (those of pure counters end in "_total"), the
/// times of the stages, how other figures are distributed, facts in words, and the heartbeats of what must not stand
/// still. What of it leaves the process, and what it means, stands in src/observability/metric_table.cpp. Any
/// thread.
class Metrics {
 public:
  /// The metric of that name and these labels, made at first use; the reference stays good as long as this object
  /// lives.
  [[nodiscard]] Metric& get(const std::string& name, const Labels& labels = {});

  /// All numbers, in the order of their making.
  [[nodiscard]] std::vector<Reading> all() const;

  /// The sum of all metrics of that name, whatever their labels.
  [[nodiscard]] std::int64_t total(const std::string& name) const;

  /// The times of the stage of that name, made at first use; the reference stays good as long as this object lives.
  [[nodiscard]] Histogram& stage(const std::string& name);

  /// All stages, in the order of their making. They live as long as this object.
  [[nodiscard]] std::vector<const Stage*> stages() const;

  /// The distribution of that name, made with these bounds at first use; the reference stays good as long as this
  /// object lives.
  [[nodiscard]] Distribution& distribution(const std::string& name, const std::vector<double>& bounds);

  /// All distributions by their names. They live as long as this object.
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
  // Guarded by mutex_; deques and maps, so that references stay good.
  std::map<std::pair<std::string, Labels>, Metric*> index_;
  std::deque<Numbered> metrics_;
  std::deque<Stage> stages_;
  std::map<std::string, Distribution> distributions_;
  std::map<std::string, std::map<std::string, std::string>> facts_;
  std::map<std::pair<Heartbeat::Kind, std::string>, Heartbeat> heartbeats_;
};

}  // namespace cs

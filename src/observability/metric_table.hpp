// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cs {

/// The definition of a metric, the only one: the code that counts names it in Metrics::get() or
/// Metrics::distribution(), GET /metrics and docs/metrics.md are made from the table. A test compares the table with
/// the names in the sources.
struct MetricRow {
  enum class Kind { counter, gauge, distribution };

  std::string_view name;  ///< without the prefix "cubestream_"; that of a counter, and no other, ends in "_total"
  Kind kind;
  std::string_view help;         ///< a sentence
  std::string_view labels = {};  ///< their names, with commas between
};

/// All metrics, in the order of the frame's journey. Any thread.
[[nodiscard]] std::span<const MetricRow> metric_table();

/// Null: the table has no such metric. Any thread.
[[nodiscard]] const MetricRow* find_metric(std::string_view name);

/// The table as docs/metrics.md has it. Pure.
[[nodiscard]] std::string metrics_markdown();

}  // namespace cs

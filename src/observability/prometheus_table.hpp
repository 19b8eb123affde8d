// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace cs {

/// One row of what GET /metrics can say: a metric inside (base/metrics.hpp) and its name, kind and meaning outside.
/// Several inner metrics may be one outside, told apart by `labels`.
struct MetricRow {
  enum class Kind { counter, gauge, distribution };

  std::string_view inner;
  std::string_view outer;
  Kind kind;
  std::string_view help;         ///< a sentence; of rows of one outer name the first has it
  std::string_view labels = {};  ///< further ones, as in `place="render",reason="late"`
};

/// All rows; those of one outer name stand together.
[[nodiscard]] std::span<const MetricRow> metric_rows();

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/metrics.hpp"

namespace cs {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

/// Serialises all metrics, and those of the process, in the Prometheus text format for GET /metrics. A metric without a
/// row in prometheus_table.cpp has no help text; a unit test rejects that. Any thread.
[[nodiscard]] std::string prometheus_text(const Metrics& metrics);

}  // namespace cs

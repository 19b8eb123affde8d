// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/metrics.hpp"

namespace cs {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

/// What GET /metrics says: all metrics in Prometheus' text format, and the process's own. One that has no row in
/// prometheus_table.cpp is told without a word of help, which a test does not let pass. Any thread.
[[nodiscard]] std::string prometheus_text(const Metrics& metrics);

}  // namespace cs

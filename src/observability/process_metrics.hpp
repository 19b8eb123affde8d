// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace cs {

/// What the kernel knows of this process, under the names that all of Prometheus' libraries use.
struct ProcessMetric {
  std::string_view name;
  std::string_view help;
  bool is_counter;
  double value;
};

/// Read at this moment; what cannot be read is left out. Any thread.
[[nodiscard]] std::vector<ProcessMetric> process_metrics();

}  // namespace cs

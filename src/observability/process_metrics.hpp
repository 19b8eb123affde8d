// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace cs {

/// One metric of this process, under the standard names of the Prometheus client libraries.
struct ProcessMetric {
  std::string_view name;
  std::string_view help;
  bool is_counter;
  double value;
};

/// Reads the metrics of this process from the kernel. Omits those that cannot be read. Any thread.
[[nodiscard]] std::vector<ProcessMetric> process_metrics();

}  // namespace cs

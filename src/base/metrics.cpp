// SPDX-License-Identifier: MIT
#include "base/metrics.hpp"

#include <tuple>

namespace cs {

Metric& Metrics::get(const std::string& name) {
  const std::lock_guard lock(mutex_);
  for (auto& [known, metric] : metrics_)
    if (known == name) return metric;
  return metrics_.emplace_back(std::piecewise_construct, std::forward_as_tuple(name), std::tuple<>()).second;
}

std::vector<std::pair<std::string, std::int64_t>> Metrics::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::int64_t>> result;
  result.reserve(metrics_.size());
  for (const auto& [name, metric] : metrics_) result.emplace_back(name, metric.value());
  return result;
}

}  // namespace cs

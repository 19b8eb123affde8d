// SPDX-License-Identifier: MIT
#include "base/metrics.hpp"

#include <algorithm>
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

Histogram& Metrics::stage(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto known = std::ranges::find(stages_, name, &Stage::name);
  if (known != stages_.end()) return known->times;
  Stage& added = stages_.emplace_back();
  added.name = name;
  return added.times;
}

std::vector<const Stage*> Metrics::stages() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Stage*> result;
  for (const Stage& stage : stages_) result.push_back(&stage);
  return result;
}

void Metrics::state(const std::string& name, std::string fact) {
  const std::lock_guard lock(mutex_);
  facts_[name] = std::move(fact);
}

std::map<std::string, std::string> Metrics::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

Heart& Metrics::heart(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return hearts_[name];
}

std::vector<std::pair<std::string, const Heart*>> Metrics::hearts() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, const Heart*>> result;
  for (const auto& [name, heart] : hearts_) result.emplace_back(name, &heart);
  return result;
}

}  // namespace cs

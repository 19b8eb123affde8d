// SPDX-License-Identifier: MIT
#include "base/metrics.hpp"

#include <algorithm>
#include <utility>

namespace cs {

Metric& Metrics::get(const std::string& name, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Metric*& place = index_[{name, labels}];
  if (place == nullptr) {
    Numbered& added = metrics_.emplace_back();
    added.name = name;
    added.labels = labels;
    place = &added.metric;
  }
  return *place;
}

std::vector<Reading> Metrics::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Reading> result;
  result.reserve(metrics_.size());
  for (const Numbered& each : metrics_) result.push_back({each.name, each.labels, each.metric.value()});
  return result;
}

std::int64_t Metrics::total(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::int64_t sum = 0;
  for (const Numbered& each : metrics_)
    if (each.name == name) sum += each.metric.value();
  return sum;
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

Distribution& Metrics::distribution(const std::string& name, const std::vector<double>& bounds) {
  const std::lock_guard lock(mutex_);
  return distributions_.try_emplace(name, bounds).first->second;
}

std::vector<std::pair<std::string, const Distribution*>> Metrics::distributions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, const Distribution*>> result;
  for (const auto& [name, distribution] : distributions_) result.emplace_back(name, &distribution);
  return result;
}

void Metrics::state(const std::string& name, std::string fact, const std::string& of) {
  const std::lock_guard lock(mutex_);
  facts_[name][of] = std::move(fact);
}

std::string Metrics::fact(const std::string& name, const std::string& of) const {
  const auto all = facts(name);
  const auto found = all.find(of);
  return found != all.end() ? found->second : std::string();
}

std::map<std::string, std::string> Metrics::facts(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = facts_.find(name);
  return found != facts_.end() ? found->second : std::map<std::string, std::string>();
}

Heartbeat& Metrics::heartbeat(Heartbeat::Kind kind, const std::string& name) {
  const std::lock_guard lock(mutex_);
  return heartbeats_[{kind, name}];
}

std::vector<Metrics::NamedHeartbeat> Metrics::heartbeats() const {
  const std::lock_guard lock(mutex_);
  std::vector<NamedHeartbeat> result;
  for (const auto& [key, heartbeat] : heartbeats_) result.push_back({key.first, key.second, &heartbeat});
  return result;
}

}  // namespace cs

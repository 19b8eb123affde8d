// SPDX-License-Identifier: MIT
#include "fanout/fan_out.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "base/thread_role.hpp"

namespace cs {

class FanOut::Registration final : public Subscription {
 public:
  Registration(FanOut& fan_out, AccessUnitSink& sink) : fan_out_(fan_out), sink_(sink) {}
  ~Registration() override { fan_out_.unsubscribe(sink_); }
  void start() override { fan_out_.start(sink_); }

 private:
  FanOut& fan_out_;
  AccessUnitSink& sink_;
};

FanOut::FanOut(Demand& demand, Metrics& metrics, unsigned workers)
    : demand_(demand), units_(metrics.get("fanout_frames_total")) {
  for (unsigned i = 0; i < workers; ++i) workers_.emplace_back("fanout-" + std::to_string(i), demand, metrics);
}

unsigned FanOut::default_workers() {
  return std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U);
}

void FanOut::publish(const AccessUnit& unit) {
  units_.add();
  for (FanOutWorker& worker : workers_) worker.take(unit);
}

void FanOut::end(const std::string& why) {
  std::vector<const AccessUnitSink*> sinks;
  for (const Entry& entry : entries_) sinks.push_back(entry.sink);
  for (const AccessUnitSink* sink : sinks) {
    const auto entry = std::ranges::find(entries_, sink, &Entry::sink);
    if (entry == entries_.end()) continue;  // a callback before it has unsubscribed it
    const Ended ended = entry->on_ended;    // a copy, because the callback may unsubscribe itself
    ended(why);
  }
}

std::unique_ptr<Subscription> FanOut::subscribe(AccessUnitSink& sink, Ended on_ended) {
  FanOutWorker& worker = *std::ranges::min_element(workers_, {}, &FanOutWorker::load);
  worker.add(sink);
  entries_.push_back({.sink = &sink, .worker = &worker, .on_ended = std::move(on_ended)});
  update_demand();
  return std::make_unique<Registration>(*this, sink);
}

std::function<void()> FanOut::keyframe_requester() {
  return [&demand = demand_] { demand.request_keyframe(); };
}

void FanOut::start(AccessUnitSink& sink) {
  for (Entry& entry : entries_) {
    if (entry.sink != &sink) continue;
    entry.started = true;
    entry.worker->start(sink);
  }
  update_demand();
}

void FanOut::unsubscribe(AccessUnitSink& sink) {
  const auto entry = std::ranges::find(entries_, &sink, &Entry::sink);
  entry->worker->remove(sink);
  entries_.erase(entry);
  update_demand();
}

void FanOut::update_demand() {
  assert_on(ThreadRole::main);
  const bool watched = std::ranges::any_of(entries_, &Entry::started);
  const auto idle = entries_.empty() ? Demand::Level::none : Demand::Level::standby;
  demand_.set(watched ? Demand::Level::live : idle);
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "fanout/fan_out.hpp"

#include <algorithm>
#include <utility>

#include "base/thread_role.hpp"

namespace cs {

class FanOut::Place final : public Subscription {
 public:
  Place(FanOut& fan_out, AccessUnitSink& sink) : fan_out_(fan_out), sink_(sink) {}
  ~Place() override { fan_out_.leave(sink_); }
  void start() override { fan_out_.start(sink_); }

 private:
  FanOut& fan_out_;
  AccessUnitSink& sink_;
};

FanOut::FanOut(Demand& demand, Metrics& metrics)
    : demand_(demand), units_(metrics.get("access_units_total")), skipped_(metrics.get("access_units_skipped_total")) {}

void FanOut::publish(const AccessUnit& unit) {
  units_.add();
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    const auto verdict = entry.gate.on_unit(unit.keyframe, entry.sink->has_room());
    if (verdict.deliver) entry.sink->push(unit);
    if (verdict.want_keyframe) demand_.request_keyframe();
    if (verdict.skipped) skipped_.add();
  }
}

void FanOut::end(const std::string& why) {
  std::vector<Ended> listeners;  // a copy, since whoever hears of the end may leave
  for (const Entry& entry : entries_) listeners.push_back(entry.on_ended);
  for (const Ended& ended : listeners) ended(why);
}

std::unique_ptr<Subscription> FanOut::subscribe(AccessUnitSink& sink, Ended on_ended) {
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back({.sink = &sink, .on_ended = std::move(on_ended), .gate = {}});
  }
  update_demand();
  return std::make_unique<Place>(*this, sink);
}

std::function<void()> FanOut::keyframe_requester() {
  return [&demand = demand_] { demand.request_keyframe(); };
}

void FanOut::start(AccessUnitSink& sink) {
  {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      if (entry.sink != &sink) continue;
      entry.started = true;
      entry.gate.start();
    }
  }
  demand_.request_keyframe();
  update_demand();
}

void FanOut::leave(AccessUnitSink& sink) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const Entry& entry) { return entry.sink == &sink; });
  }
  update_demand();
}

void FanOut::update_demand() {
  assert_on(ThreadRole::main);  // the one thread that changes entries_, so it may look without the lock
  const bool watched = std::ranges::any_of(entries_, &Entry::started);
  const auto idle = entries_.empty() ? Demand::Level::none : Demand::Level::standby;
  demand_.set(watched ? Demand::Level::live : idle);
}

}  // namespace cs

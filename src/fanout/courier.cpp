// SPDX-License-Identifier: MIT
#include "fanout/courier.hpp"

#include <algorithm>
#include <utility>

#include "base/thread_role.hpp"

namespace cs {
namespace {

/// About a tenth of a second; more would be latency.
constexpr std::size_t kMaxWaiting = 4;

}  // namespace

Courier::Courier(const std::string& thread_name, Demand& demand, Metrics& metrics)
    : demand_(demand),
      carried_(metrics.get("access_units_carried_total")),
      lost_(metrics.get("access_units_lost_total")),
      skipped_(metrics.get("access_units_skipped_total")),
      thread_([this, thread_name](const std::stop_token& stop) {
        enter_thread(ThreadRole::fanout, thread_name);
        run(stop);
      }) {}

void Courier::take(const AccessUnit& unit) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.size() >= kMaxWaiting) {
      gap_ = true;
      return lost_.add();
    }
    queue_.push_back({unit, std::exchange(gap_, false)});
  }
  queued_.notify_one();
}

void Courier::add(AccessUnitSink& sink) {
  const std::lock_guard lock(entries_mutex_);
  entries_.push_back({.sink = &sink, .gate = {}});
}

void Courier::start(AccessUnitSink& sink) {
  const std::lock_guard lock(entries_mutex_);
  for (Entry& entry : entries_)
    if (entry.sink == &sink) entry.gate.start();
}

void Courier::remove(AccessUnitSink& sink) {
  const std::lock_guard lock(entries_mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.sink == &sink; });
}

void Courier::run(const std::stop_token& stop) {
  while (true) {
    Parcel parcel;
    {
      std::unique_lock lock(queue_mutex_);
      if (!queued_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      parcel = std::move(queue_.front());
      queue_.pop_front();
    }
    deliver(parcel);
    carried_.add();
  }
}

void Courier::deliver(const Parcel& parcel) {
  const std::lock_guard lock(entries_mutex_);
  for (Entry& entry : entries_) {
    if (parcel.after_gap && entry.gate.on_unit(false, false).skipped) skipped_.add();
    const auto verdict = entry.gate.on_unit(parcel.unit.keyframe, entry.sink->has_room());
    if (verdict.deliver) entry.sink->push(parcel.unit);
    if (verdict.want_keyframe) demand_.request_keyframe();
    if (verdict.skipped) skipped_.add();
  }
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "fanout/fan_out_worker.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/thread_role.hpp"

namespace cs {
namespace {

/// About a tenth of a second at 30 frames per second. A longer queue would only add latency.
constexpr std::size_t kMaxWaiting = 4;

/// Maximum age of a keyframe that is replayed to a new sink. Decoding the units since then takes a few milliseconds,
/// less than waiting for the next keyframe.
constexpr auto kRecent = kKeyframeInterval;

}  // namespace

FanOutWorker::FanOutWorker(const std::string& thread_name, Demand& demand, Metrics& metrics)
    : demand_(demand),
      carried_(metrics.get("fanout_frames_carried_total")),
      lost_(metrics.get("frames_dropped_total", {{"place", "fanout"}, {"reason", "worker-busy"}})),
      skipped_(metrics.get("viewer_gaps_total")),
      replayed_(metrics.get("viewer_frames_replayed_total")),
      waiting_(metrics.get("queue_length", {{"queue", "fanout"}})),
      thread_([this, thread_name](const std::stop_token& stop) {
        enter_thread(ThreadRole::fanout, thread_name);
        run(stop);
      }) {}

void FanOutWorker::take(const AccessUnit& unit) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (queue_.size() >= kMaxWaiting) {
      ++gap_;
      return lost_.add();
    }
    waiting_.add();
    queue_.push_back({unit, std::exchange(gap_, 0)});
  }
  queued_.notify_one();
}

void FanOutWorker::add(AccessUnitSink& sink) {
  const std::lock_guard lock(entries_mutex_);
  entries_.push_back({.sink = &sink, .gate = {}, .has_begun = false});
}

void FanOutWorker::start(AccessUnitSink& sink) {
  {
    // Both under one lock: otherwise a unit in between could request a keyframe that the new sink may not need.
    const std::lock_guard entries_lock(entries_mutex_);
    for (Entry& entry : entries_)
      if (entry.sink == &sink) entry.gate.start();
    const std::lock_guard queue_lock(queue_mutex_);
    replay_wanted_ = true;
  }
  queued_.notify_one();
}

void FanOutWorker::remove(AccessUnitSink& sink) {
  const std::lock_guard lock(entries_mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.sink == &sink; });
}

void FanOutWorker::run(const std::stop_token& stop) {
  while (true) {
    std::optional<QueuedUnit> queued;
    {
      std::unique_lock lock(queue_mutex_);
      if (!queued_.wait(lock, stop, [this] { return !queue_.empty() || replay_wanted_; })) return;
      if (!std::exchange(replay_wanted_, false)) {
        queued = std::move(queue_.front());
        queue_.pop_front();
        waiting_.add(-1);
      }
    }
    if (!queued) {
      replay_gop();
      continue;
    }
    remember(*queued);
    deliver(*queued);
    carried_.add();
  }
}

void FanOutWorker::remember(const QueuedUnit& queued) {
  const AccessUnit& unit = queued.unit;
  const bool follows = !recent_.empty() && queued.lost == 0 && unit.captured_at - recent_.front().captured_at < kRecent;
  if (unit.keyframe || !follows) recent_.clear();
  if (unit.keyframe || follows) recent_.push_back(unit);
}

void FanOutWorker::replay_gop() {
  // Units of a previous encoder are valid too. Units that are too old may remain if no unit has come since.
  if (!recent_.empty() && Clock::now() - recent_.front().captured_at >= kRecent) recent_.clear();
  const std::lock_guard lock(entries_mutex_);
  for (Entry& entry : entries_) {
    if (!entry.gate.awaits_keyframe()) continue;
    if (recent_.empty() || !entry.sink->has_room()) {
      demand_.request_keyframe(entry.has_begun ? KeyframeCause::gap : KeyframeCause::newcomer);
      continue;
    }
    for (const AccessUnit& unit : recent_) entry.sink->push(unit);
    entry.has_begun = true;
    replayed_.add(static_cast<std::int64_t>(recent_.size()));
    entry.gate.open();
  }
}

void FanOutWorker::deliver(const QueuedUnit& queued) {
  const std::lock_guard lock(entries_mutex_);
  for (Entry& entry : entries_) {
    if (queued.lost > 0 && entry.gate.on_unit(false, false).skipped) skipped_.add();
    const auto decision = entry.gate.on_unit(queued.unit.keyframe, entry.sink->has_room());
    const std::int64_t missed = queued.lost + (decision.deliver ? 0 : 1);
    if (entry.has_begun && missed > 0) entry.sink->skip(missed);
    if (decision.deliver) {
      entry.sink->push(queued.unit);
      entry.has_begun = true;
    }
    if (decision.want_keyframe)
      demand_.request_keyframe(entry.has_begun ? KeyframeCause::gap : KeyframeCause::newcomer);
    if (decision.skipped) skipped_.add();
  }
}

}  // namespace cs

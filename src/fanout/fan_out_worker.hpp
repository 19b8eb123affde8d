// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/access_unit.hpp"
#include "cubestream/demand.hpp"
#include "fanout/keyframe_gate.hpp"

namespace cs {

/// A thread that delivers access units to its share of the sinks, one sink after the other. A hundred sinks cost one
/// wake-up per access unit, and the encoder does not wait for them.
///
/// Units wait in a short queue. If it is full, the unit is lost to these sinks, which resume at the next keyframe. A
/// sink that starts soon after a keyframe immediately gets that keyframe and the units since then, so a burst of new
/// sinks does not need a keyframe each. take() is called on the encoder's streaming thread; add(), start() and remove()
/// on the main thread.
class FanOutWorker {
 public:
  FanOutWorker(const std::string& thread_name, Demand& demand, Metrics& metrics);
  FanOutWorker(const FanOutWorker&) = delete;
  FanOutWorker& operator=(const FanOutWorker&) = delete;

  /// Queues the unit; blocks no longer than that takes.
  void take(const AccessUnit& unit);

  void add(AccessUnitSink& sink);
  void start(AccessUnitSink& sink);
  /// Waits for a delivery in progress; afterwards the sink gets no more units.
  void remove(AccessUnitSink& sink);

  /// Number of sinks. Main thread.
  [[nodiscard]] std::size_t load() const { return entries_.size(); }

 private:
  struct QueuedUnit {
    AccessUnit unit;
    std::int64_t lost;  ///< number of units lost before this one
  };
  struct Entry {
    AccessUnitSink* sink;
    KeyframeGate gate;
    bool has_begun = false;  ///< the sink has received units
  };
  void run(const std::stop_token& stop);
  void remember(const QueuedUnit& queued);
  void deliver(const QueuedUnit& queued);
  void replay_gop();

  Demand& demand_;
  Metric& carried_;
  Metric& lost_;
  Metric& skipped_;
  Metric& replayed_;
  Metric& waiting_;

  // Owned by the thread: the latest keyframe and all units since, if recent and without loss; else empty.
  std::vector<AccessUnit> recent_;

  std::mutex queue_mutex_;
  std::condition_variable_any queued_;
  std::deque<QueuedUnit> queue_;  // guarded by queue_mutex_
  std::int64_t gap_ = 0;          // units lost since the last queued one; guarded by queue_mutex_
  bool replay_wanted_ = false;    // guarded by queue_mutex_

  std::mutex entries_mutex_;
  // Guarded by entries_mutex_. Only the main thread adds and removes entries, so it may read the size without the lock.
  std::vector<Entry> entries_;

  std::jthread thread_;
};

}  // namespace cs

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

/// A thread that carries access units to its share of the sinks, one sink after the other, so that a hundred of them
/// cost one wake-up per picture and the encoder waits for none. Units wait for it in a short queue; one that finds it
/// full is lost to these sinks, which then begin again at a keyframe. A sink that starts soon after a keyframe gets
/// that one and what came since, at once; a burst of newcomers needs no keyframe for each. take() belongs to the
/// encoder's streaming thread, add(), start() and remove() to the main thread.
class FanOutWorker {
 public:
  FanOutWorker(const std::string& thread_name, Demand& demand, Metrics& metrics);
  FanOutWorker(const FanOutWorker&) = delete;
  FanOutWorker& operator=(const FanOutWorker&) = delete;

  /// Never blocks for longer than it takes to queue a unit.
  void take(const AccessUnit& unit);

  void add(AccessUnitSink& sink);
  void start(AccessUnitSink& sink);
  /// Waits for a round in progress; afterwards the sink gets nothing any more.
  void remove(AccessUnitSink& sink);

  /// How many sinks it has. Main thread.
  [[nodiscard]] std::size_t load() const { return entries_.size(); }

 private:
  struct QueuedUnit {
    AccessUnit unit;
    std::int64_t lost;  ///< so many before it
  };
  struct Entry {
    AccessUnitSink* sink;
    KeyframeGate gate;
    bool has_begun = false;  ///< it got units
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

  // Owned by the thread: the latest keyframe and all units since, while they are few and recent; else empty.
  std::vector<AccessUnit> recent_;

  std::mutex queue_mutex_;
  std::condition_variable_any queued_;
  std::deque<QueuedUnit> queue_;  // guarded by queue_mutex_
  std::int64_t gap_ = 0;          // units lost since the last that was queued; guarded by queue_mutex_
  bool newcomers_ = false;        // guarded by queue_mutex_

  std::mutex entries_mutex_;
  std::vector<Entry> entries_;  // guarded by entries_mutex_; changed by the main thread alone, which reads without

  std::jthread thread_;
};

}  // namespace cs

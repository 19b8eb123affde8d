// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/subscription.hpp"
#include "fanout/fan_out_worker.hpp"

namespace cs {

/// Hands each access unit to every sink that has started and has room, and tells the demand what they together want.
/// The carrying is done by workers, threads that share the sinks among them. publish() belongs to the encoder's
/// streaming thread, everything else to the main thread.
class FanOut final : public Broadcast {
 public:
  /// `workers`: how many threads, at least one; for many cores more.
  FanOut(Demand& demand, Metrics& metrics, unsigned workers = default_workers());

  void publish(const AccessUnit& unit);

  /// Tells every sink that there will be no more pictures.
  void end(const std::string& why);

  [[nodiscard]] std::unique_ptr<Subscription> subscribe(AccessUnitSink& sink, Ended on_ended) override;
  [[nodiscard]] std::function<void()> keyframe_requester() override;

  /// Half of the cores, for rendering and encoding want some too; four at most.
  [[nodiscard]] static unsigned default_workers();

 private:
  class Place;
  struct Entry {
    AccessUnitSink* sink;
    FanOutWorker* worker;
    Ended on_ended;
    bool started = false;
  };
  void start(AccessUnitSink& sink);
  void leave(AccessUnitSink& sink);
  void update_demand();

  Demand& demand_;
  Metric& units_;
  std::vector<Entry> entries_;        // main thread
  std::deque<FanOutWorker> workers_;  // constant after construction
};

}  // namespace cs

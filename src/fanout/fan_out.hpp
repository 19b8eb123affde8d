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

/// Delivers each access unit to every sink that has started and has room, and sets the demand from the subscriptions.
/// Worker threads deliver; each serves a share of the sinks. publish() is called on the encoder's streaming thread,
/// everything else on the main thread.
class FanOut final : public Broadcast {
 public:
  /// `workers`: number of threads, at least one.
  FanOut(Demand& demand, Metrics& metrics, unsigned workers = default_workers());

  void publish(const AccessUnit& unit);

  /// Calls every subscriber's `on_ended`: no more access units will come.
  void end(const std::string& why);

  [[nodiscard]] std::unique_ptr<Subscription> subscribe(AccessUnitSink& sink, Ended on_ended) override;
  [[nodiscard]] std::function<void()> keyframe_requester() override;

  /// Half of the cores, at most four: rendering and encoding need the others.
  [[nodiscard]] static unsigned default_workers();

 private:
  class Registration;
  struct Entry {
    AccessUnitSink* sink;
    FanOutWorker* worker;
    Ended on_ended;
    bool started = false;
  };
  void start(AccessUnitSink& sink);
  void unsubscribe(AccessUnitSink& sink);
  void update_demand();

  Demand& demand_;
  Metric& units_;
  std::vector<Entry> entries_;        // main thread
  std::deque<FanOutWorker> workers_;  // constant after construction
};

}  // namespace cs

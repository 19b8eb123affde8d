// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/subscription.hpp"
#include "fanout/keyframe_gate.hpp"

namespace cs {

/// Hands each access unit to every sink that has started and has room, and tells the demand what they together want.
/// publish() belongs to the encoder's streaming thread, everything else to the main thread.
class FanOut final : public Broadcast {
 public:
  FanOut(Demand& demand, Metrics& metrics);

  void publish(const AccessUnit& unit);

  /// Tells every sink that there will be no more pictures.
  void end(const std::string& why);

  [[nodiscard]] std::unique_ptr<Subscription> subscribe(AccessUnitSink& sink, Ended on_ended) override;
  [[nodiscard]] std::function<void()> keyframe_requester() override;

 private:
  class Place;
  struct Entry {
    AccessUnitSink* sink;
    Ended on_ended;
    KeyframeGate gate;
    bool started = false;
  };
  void start(AccessUnitSink& sink);
  void leave(AccessUnitSink& sink);
  void update_demand();

  Demand& demand_;
  Metric& units_;
  Metric& skipped_;

  std::mutex mutex_;
  std::vector<Entry> entries_;  // guarded by mutex_
};

}  // namespace cs

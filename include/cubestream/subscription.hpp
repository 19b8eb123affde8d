// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cubestream/access_unit.hpp"
#include "cubestream/rung.hpp"
#include "cubestream/stream.hpp"

namespace cs {

/// A sink's place in the fan-out. While it exists the stream is wanted, so its encoder stands ready; pictures are made
/// once a subscription was started. Destroying it waits for a running push() and then leaves. Main thread only.
class Subscription {
 public:
  virtual ~Subscription() = default;

  /// From a keyframe on the sink gets access units: from one that is a moment old, and then what came since at once, or
  /// from the next, which this asks for.
  virtual void start() = 0;
};

/// Where viewers, recorders and publishers get the encoded pictures: the fan-out. Main thread only.
class Broadcast {
 public:
  using Ended = std::function<void(const std::string& why)>;

  virtual ~Broadcast() = default;

  /// `sink` must outlive the subscription. `on_ended` hears, on the main thread, a sentence on why there will be no
  /// more pictures; it may destroy the subscription.
  [[nodiscard]] virtual std::unique_ptr<Subscription> subscribe(AccessUnitSink& sink, Ended on_ended) = 0;

  /// A function that asks for a keyframe; any thread may call it, at any rate, while the broadcast exists: requests
  /// coalesce.
  [[nodiscard]] virtual std::function<void()> keyframe_requester() = 0;
};

/// A stream of a channel at one rung of the ladder.
struct RungStream {
  Rung rung;
  Broadcast* broadcast;
  std::function<void(int kbps)> set_bitrate;  ///< within the rung's bounds
};

/// A stream, and where its pictures are to be had.
struct Channel {
  Stream stream;
  Broadcast* broadcast;
  /// The same scene at other sizes and rates, this stream the first of them; empty: it is all there is, at one bit
  /// rate.
  std::vector<RungStream> rungs = {};

  [[nodiscard]] std::vector<Broadcast*> broadcasts() const {
    std::vector<Broadcast*> all;
    for (const RungStream& rung : rungs) all.push_back(rung.broadcast);
    return all.empty() ? std::vector{broadcast} : all;
  }
};

}  // namespace cs

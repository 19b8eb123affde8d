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

/// A sink's subscription to the fan-out. While it exists, the encoder is kept ready; frames are rendered after the
/// first start(). The destructor waits for a running push() and then unsubscribes. Main thread only.
class Subscription {
 public:
  virtual ~Subscription() = default;

  /// Starts the delivery of access units at a keyframe: either a recent one, followed at once by all units since, or
  /// the next one, which this call requests.
  virtual void start() = 0;
};

/// The source of access units for viewers, recorders and publishers: the fan-out. Main thread only.
class Broadcast {
 public:
  using Ended = std::function<void(const std::string& why)>;

  virtual ~Broadcast() = default;

  /// `sink` must outlive the subscription. `on_ended` is called on the main thread, with the reason as a sentence, when
  /// the stream ends; it may destroy the subscription.
  [[nodiscard]] virtual std::unique_ptr<Subscription> subscribe(AccessUnitSink& sink, Ended on_ended) = 0;

  /// Returns a function that requests a keyframe. Any thread may call it, at any rate, while the broadcast exists:
  /// requests coalesce.
  [[nodiscard]] virtual std::function<void()> keyframe_requester() = 0;
};

/// The stream of a channel at one rung of the ladder.
struct RungStream {
  Rung rung;
  Broadcast* broadcast;
  std::function<void(int kbps)> set_bitrate;  ///< within the rung's range
};

/// A stream and its source.
struct Channel {
  Stream stream;
  Broadcast* broadcast;
  /// The rungs of the same scene, this stream first; empty: only this stream, at a fixed bit rate.
  std::vector<RungStream> rungs = {};

  [[nodiscard]] std::vector<Broadcast*> broadcasts() const {
    std::vector<Broadcast*> all;
    for (const RungStream& rung : rungs) all.push_back(rung.broadcast);
    return all.empty() ? std::vector{broadcast} : all;
  }
};

}  // namespace cs

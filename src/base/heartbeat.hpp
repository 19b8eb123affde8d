// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// Something that must not stand still, a thread or a stage: it beats whenever it made progress, and rests while there
/// is nothing to do. Who looks after it asks for its silence. Any thread.
class Heartbeat {
 public:
  /// What makes progress.
  enum class Kind {
    thread,   ///< a thread; ticks about once a second
    encoder,  ///< an encoder; ticks with each frame that it is given
    frames    ///< a stream; ticks with each frame that is encoded, while frames are wanted
  };

  /// Progress was made.
  void tick(TimePoint now = Clock::now()) { last_.store(now, std::memory_order_relaxed); }

  /// The same, unless it rests.
  void tick_if_due(TimePoint now = Clock::now()) {
    TimePoint last = last_.load(std::memory_order_relaxed);
    while (last != kResting && !last_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
    }
  }

  /// Work was given: from now on a beat is due, if none was before.
  void expect(TimePoint now = Clock::now()) {
    TimePoint resting = kResting;
    last_.compare_exchange_strong(resting, now, std::memory_order_relaxed);
  }

  /// There is nothing to do.
  void rest() { last_.store(kResting, std::memory_order_relaxed); }

  /// For how long a beat has been due; empty while it rests, as it does at first.
  [[nodiscard]] std::optional<Clock::duration> silence(TimePoint now = Clock::now()) const {
    const TimePoint last = last_.load(std::memory_order_relaxed);
    if (last == kResting) return {};
    return now > last ? now - last : Clock::duration::zero();
  }

 private:
  static constexpr TimePoint kResting = TimePoint::min();
  std::atomic<TimePoint> last_ = kResting;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// Progress of a thread or a stage, for stall detection: it ticks on progress and rests while it has no work. A monitor
/// reads silence(). Any thread.
class Heartbeat {
 public:
  /// What makes progress.
  enum class Kind {
    thread,   ///< a thread; ticks about once a second
    encoder,  ///< an encoder; ticks with each frame that it is given
    frames    ///< a stream; ticks with each frame that is encoded, while frames are wanted
  };

  /// Records progress.
  void tick(TimePoint now = Clock::now()) { last_.store(now, std::memory_order_relaxed); }

  /// Records progress, unless it is resting.
  void tick_if_due(TimePoint now = Clock::now()) {
    TimePoint last = last_.load(std::memory_order_relaxed);
    while (last != kResting && !last_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
    }
  }

  /// Work was added: a tick is due from now on, unless one is already due.
  void expect(TimePoint now = Clock::now()) {
    TimePoint resting = kResting;
    last_.compare_exchange_strong(resting, now, std::memory_order_relaxed);
  }

  /// No work is left: no tick is due.
  void rest() { last_.store(kResting, std::memory_order_relaxed); }

  /// Time since the last tick or expect(); empty while it is resting, which is the initial state.
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

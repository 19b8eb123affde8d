// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// Measures processing time per frame, identified by capture time. Keeps the latest 8 frames, more than an encoder
/// holds. Any thread.
class Stopwatch {
 public:
  void start(TimePoint frame, TimePoint now) {
    const std::lock_guard lock(mutex_);
    latest_[next_++ % latest_.size()] = {frame, now};
  }

  /// Time since start() of that frame; empty if it is not known any more.
  [[nodiscard]] std::optional<Clock::duration> read(TimePoint frame, TimePoint now) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [known, started] : latest_)
      if (known == frame) return now - started;
    return std::nullopt;
  }

 private:
  struct Start {
    TimePoint frame = TimePoint::min();
    TimePoint at;
  };
  mutable std::mutex mutex_;
  std::array<Start, 8> latest_;  // guarded by mutex_
  std::size_t next_ = 0;         // guarded by mutex_
};

}  // namespace cs

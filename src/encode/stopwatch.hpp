// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// How long pictures take that are known by their time stamps. It remembers the latest few, more than an encoder holds;
/// others have no time. Any thread.
class Stopwatch {
 public:
  void start(TimePoint picture, TimePoint now) {
    const std::lock_guard lock(mutex_);
    latest_[next_++ % latest_.size()] = {picture, now};
  }

  [[nodiscard]] std::optional<Clock::duration> read(TimePoint picture, TimePoint now) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [known, started] : latest_)
      if (known == picture) return now - started;
    return std::nullopt;
  }

 private:
  struct Start {
    TimePoint picture = TimePoint::min();
    TimePoint at;
  };
  mutable std::mutex mutex_;
  std::array<Start, 8> latest_;  // guarded by mutex_
  std::size_t next_ = 0;         // guarded by mutex_
};

}  // namespace cs

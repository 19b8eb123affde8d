// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Computes when frames are due: frame n at start + n/fps. Each deadline is computed from the start, so rounding errors
/// do not accumulate. Pure; one thread.
class Pacer {
 public:
  Pacer(int fps, TimePoint start) : fps_(fps), start_(start) {}

  /// Restarts at `now`: the next frame is due at once.
  void restart(TimePoint now);

  /// When the next frame is due.
  [[nodiscard]] TimePoint deadline() const;

  /// Begins the frame that is due at `now`, which must not be before deadline(). Returns the number of earlier frames
  /// that are skipped because their whole period has passed.
  [[nodiscard]] std::int64_t begin(TimePoint now);

 private:
  [[nodiscard]] TimePoint deadline_of(std::int64_t frame) const;

  int fps_;
  TimePoint start_;
  std::int64_t next_ = 0;
};

}  // namespace cs

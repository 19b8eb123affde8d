// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// When pictures are due: picture n at start + n/fps, each computed from the start, so that rounding never adds up.
/// Pure; one thread.
class Pacer {
 public:
  Pacer(int fps, TimePoint start) : fps_(fps), start_(start) {}

  /// From now on, as if nothing had been before: the next picture is due at once.
  void restart(TimePoint now);

  /// When the next picture is due.
  [[nodiscard]] TimePoint deadline() const;

  /// Begins the picture that is due at `now`, which must not be before deadline(). Says how many earlier ones are
  /// skipped because their whole period has passed.
  [[nodiscard]] std::int64_t begin(TimePoint now);

 private:
  [[nodiscard]] TimePoint deadline_of(std::int64_t picture) const;

  int fps_;
  TimePoint start_;
  std::int64_t next_ = 0;
};

}  // namespace cs

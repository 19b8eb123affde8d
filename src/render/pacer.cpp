// SPDX-License-Identifier: MIT
#include "render/pacer.hpp"

#include <algorithm>

namespace cs {

void Pacer::restart(TimePoint now) {
  start_ = now;
  next_ = 0;
}

TimePoint Pacer::deadline() const {
  return deadline_of(next_);
}

std::int64_t Pacer::begin(TimePoint now) {
  using std::chrono::seconds;
  // The latest frame with a deadline <= now. Whole seconds and the rest are computed separately: years in nanoseconds
  // times fps overflow 64 bits. Rounding down may give one frame too early, never too late.
  const Clock::duration passed = now - start_;
  const auto whole = std::chrono::floor<seconds>(passed);
  std::int64_t due = whole.count() * fps_ + (passed - whole) * fps_ / Clock::duration(seconds(1));
  if (deadline_of(due + 1) <= now) ++due;
  due = std::max(due, next_);
  const std::int64_t skipped = due - next_;
  next_ = due + 1;
  return skipped;
}

TimePoint Pacer::deadline_of(std::int64_t frame) const {
  using std::chrono::seconds;
  return start_ + seconds(frame / fps_) + Clock::duration(seconds(1)) * (frame % fps_) / fps_;
}

}  // namespace cs

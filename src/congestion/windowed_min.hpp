// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// The minimum of the last five to ten seconds. The minimum of a path's delays is its delay without a queue. Old values
/// expire, because paths change and clocks drift. Pure; one thread.
template <typename T>
class WindowedMin {
 public:
  /// Adds a value and returns the minimum, including this value.
  T add(T value, TimePoint now) {
    if (now - span_began_ > kSpan) {
      previous_ = current_;
      current_.reset();
      span_began_ = now;
    }
    current_ = current_ ? std::min(*current_, value) : value;
    return *get();
  }

  /// Removes all values.
  void forget() {
    current_.reset();
    previous_.reset();
  }

  /// None before the first value.
  [[nodiscard]] std::optional<T> get() const {
    return current_ && previous_ ? std::min(current_, previous_) : current_;
  }

 private:
  static constexpr std::chrono::seconds kSpan{5};

  std::optional<T> current_;   // minimum of the current span
  std::optional<T> previous_;  // minimum of the previous span
  TimePoint span_began_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "cubestream/clock.hpp"

namespace cs {

/// The least value of the last five to ten seconds: of a path's delays, the path itself without a queue. It ages, since
/// paths change and clocks drift. Pure; one thread.
template <typename T>
class WindowedMin {
 public:
  /// The least of late, this one included.
  T add(T value, TimePoint now) {
    if (now - span_began_ > kSpan) {
      before_ = here_;
      here_.reset();
      span_began_ = now;
    }
    here_ = here_ ? std::min(*here_, value) : value;
    return *get();
  }

  /// As if there had been none.
  void forget() {
    here_.reset();
    before_.reset();
  }

  /// None before the first.
  [[nodiscard]] std::optional<T> get() const { return here_ && before_ ? std::min(here_, before_) : here_; }

 private:
  static constexpr std::chrono::seconds kSpan{5};

  std::optional<T> here_;    // in this span
  std::optional<T> before_;  // in the span before
  TimePoint span_began_;
};

}  // namespace cs

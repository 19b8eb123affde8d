// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "base/fd.hpp"

namespace cs {

/// Calls `on_readable` on the main loop whenever `fd` is readable. Main thread only.
class FdWatch {
 public:
  FdWatch(int fd, std::function<void()> on_readable);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

 private:
  std::function<void()> on_readable_;
  unsigned source_;
};

/// Lets any thread run `on_wake` on the main loop. Several wakes before `on_wake` runs count as one. Constructed and
/// destroyed on the main thread.
class Wakeup {
 public:
  explicit Wakeup(std::function<void()> on_wake);

  /// Any thread; never blocks.
  void wake() const;

 private:
  void drain() const;

  Fd event_;
  std::function<void()> on_wake_;
  FdWatch watch_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/loop.hpp"

namespace cs {

/// Returns freed memory to the system, which the allocator keeps while anything behind it is in use: every ten seconds
/// while large objects are freed, and three times after the last one. Each time takes a few milliseconds, during which
/// allocations of other threads may wait. Main thread only.
class MemoryTrim {
 public:
  /// Large objects were freed.
  void freed();

 private:
  void schedule();

  std::unique_ptr<Timer> timer_;  // null: nothing is left to do
  int remaining_ = 0;
};

}  // namespace cs

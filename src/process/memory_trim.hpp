// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "loop/loop.hpp"

namespace cs {

/// Returns freed heap memory to the system. The allocator keeps it while later memory of the heap is in use. Runs every
/// ten seconds while large objects are freed, and three times after the last one. Each run takes a few milliseconds,
/// during which allocations of other threads may wait. Main thread only.
class MemoryTrim {
 public:
  /// Call it after large objects were freed.
  void freed();

 private:
  void schedule();

  std::unique_ptr<Timer> timer_;  // null: no run is scheduled
  int remaining_ = 0;
};

}  // namespace cs

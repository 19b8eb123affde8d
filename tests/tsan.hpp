// SPDX-License-Identifier: MIT
#pragma once

// Comes before every file of a thread sanitizer build. GCC's thread sanitizer does not see std::atomic_thread_fence, by
// which the lock-free queues order what they hand over, and would call each hand-over a race. Here a fence is also told
// to it: a release fence publishes all before it, an acquire fence sees all that was published.

#include <atomic>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}

namespace std {

inline int told_fence;

inline void told_thread_fence(memory_order order) {
  if (order != memory_order_acquire) __tsan_release(&told_fence);
  __atomic_thread_fence(static_cast<int>(order));
  if (order != memory_order_release) __tsan_acquire(&told_fence);
}

}  // namespace std

#define atomic_thread_fence told_thread_fence

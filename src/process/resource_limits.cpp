// SPDX-License-Identifier: MIT
#include "process/resource_limits.hpp"

#include <fcntl.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/fd.hpp"

namespace cs {

bool can_create_threads(int count) {
  std::mutex mutex;
  std::condition_variable may_end_changed;
  bool may_end = false;
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  bool all_created = true;
  try {
    for (int i = 0; i < count; ++i)
      threads.emplace_back([&] {
        std::unique_lock lock(mutex);
        may_end_changed.wait(lock, [&] { return may_end; });
      });
  } catch (const std::system_error&) {
    all_created = false;
  }
  {
    const std::lock_guard lock(mutex);
    may_end = true;
  }
  may_end_changed.notify_all();
  return all_created;
}

bool can_open_descriptors(int count) {
  std::vector<Fd> descriptors;
  descriptors.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    descriptors.emplace_back(open("/", O_PATH | O_CLOEXEC));
    if (descriptors.back().get() < 0) return false;
  }
  return true;
}

}  // namespace cs

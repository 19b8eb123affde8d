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
  std::condition_variable all_are_here;
  bool may_go = false;
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  bool has_room = true;
  try {
    for (int i = 0; i < count; ++i)
      threads.emplace_back([&] {
        std::unique_lock lock(mutex);
        all_are_here.wait(lock, [&] { return may_go; });
      });
  } catch (const std::system_error&) {
    has_room = false;
  }
  {
    const std::lock_guard lock(mutex);
    may_go = true;
  }
  all_are_here.notify_all();
  return has_room;
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

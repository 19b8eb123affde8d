// SPDX-License-Identifier: MIT
#include "process/resource_limits.hpp"

#include <fcntl.h>

#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/fd.hpp"

namespace cs {

bool can_create_threads(int count) {
  std::mutex may_end;
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  const std::lock_guard lock(may_end);  // unlocked before the threads are joined
  try {
    for (int i = 0; i < count; ++i) threads.emplace_back([&] { const std::lock_guard wait(may_end); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
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

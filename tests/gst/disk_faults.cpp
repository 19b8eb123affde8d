// SPDX-License-Identifier: MIT
#include "disk_faults.hpp"

#include <dlfcn.h>
#include <sys/types.h>

#include <chrono>
#include <thread>

namespace cs {

std::atomic<bool> disk_hangs = false;
std::atomic<int> hanging_writes = 0;

}  // namespace cs

/// Found by the linker before the C library's.
extern "C" ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  ++cs::hanging_writes;
  while (cs::disk_hangs) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  --cs::hanging_writes;
  static const auto real = reinterpret_cast<ssize_t (*)(int, const void*, size_t, off_t)>(dlsym(RTLD_NEXT, "pwrite"));
  return real(fd, bytes, size, offset);
}

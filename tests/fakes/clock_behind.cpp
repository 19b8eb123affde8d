// SPDX-License-Identifier: MIT
// A library for LD_PRELOAD by which a test lets the real daemon live two hours behind the world. Any thread.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// In place of libc's.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec -= 7200;
  return result;
}

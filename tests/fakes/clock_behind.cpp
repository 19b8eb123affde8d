// SPDX-License-Identifier: MIT
// LD_PRELOAD library for tests with the real daemon: sets its wall clock two hours behind. Any thread.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// Replaces the function of libc.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec -= 7200;
  return result;
}

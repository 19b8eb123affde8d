// SPDX-License-Identifier: MIT
// A library for LD_PRELOAD by which a test takes something away from the real daemon while it runs. Each fault is on
// while a file of its name exists in the folder FAKE_FAULTS:
//   threads  no thread can be begun, as with the limits of a container reached
//   disk     the disk hangs: what writes into files at a place, cuts or deletes them, as recordings do, does not return
//   clock    the wall clock is off by as many seconds as the file says; the one that runs evenly is not touched
// Any thread.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

/// What stands in the fault's file; false: the fault is off.
bool is_on(const char* fault, std::array<char, 32>& text) {
  const char* folder = std::getenv("FAKE_FAULTS");
  if (folder == nullptr) return false;
  std::array<char, 256> path{};
  std::snprintf(path.data(), path.size(), "%s/%s", folder, fault);
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t got = read(file, text.data(), text.size() - 1);
  text[got > 0 ? static_cast<std::size_t>(got) : 0] = '\0';
  close(file);
  return true;
}

time_t step() {
  const int error = errno;
  std::array<char, 32> text{};
  const time_t seconds = is_on("clock", text) ? std::strtol(text.data(), nullptr, 10) : 0;
  errno = error;
  return seconds;
}

void hang_with_the_disk() {
  const int error = errno;
  std::array<char, 32> text{};
  while (is_on("disk", text)) usleep(10'000);
  errno = error;
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  static const auto create = real<decltype(&pthread_create)>("pthread_create");
  std::array<char, 32> text{};
  return is_on("threads", text) ? EAGAIN : create(thread, attributes, run, argument);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static const auto write = real<decltype(&pwrite)>("pwrite");
  hang_with_the_disk();
  return write(file, bytes, size, offset);
}

int ftruncate(int file, off_t length) {
  static const auto cut = real<decltype(&ftruncate)>("ftruncate");
  hang_with_the_disk();
  return cut(file, length);
}

int unlink(const char* path) {
  static const auto remove = real<decltype(&unlink)>("unlink");
  hang_with_the_disk();
  return remove(path);
}

int clock_gettime(clockid_t clock, timespec* now) {
  static const auto get = real<decltype(&clock_gettime)>("clock_gettime");
  const int status = get(clock, now);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += step();
  return status;
}

int gettimeofday(timeval* now, void* zone) {
  static const auto get = real<int (*)(timeval*, void*)>("gettimeofday");
  const int status = get(now, zone);
  if (status == 0) now->tv_sec += step();
  return status;
}

time_t time(time_t* result) {
  static const auto get = real<decltype(&time)>("time");
  const time_t now = get(nullptr) + step();
  if (result != nullptr) *result = now;
  return now;
}
}

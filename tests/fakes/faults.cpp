// SPDX-License-Identifier: MIT
// A library for LD_PRELOAD by which a test takes something away from the real daemon while it runs. Each fault is on
// while a file of its name exists in the folder FAKE_FAULTS:
//   threads  no thread can be begun, as with the limits of a container reached
//   disk     the disk hangs: pwrite(), ftruncate() and unlink(), as recordings use them, do not return; nor do open(),
//            close() and readdir() of the folder FAKE_FAULTS and its files
//   http     lws_service() fails, as when libwebsockets has lost what it waits with
//   clock    the wall clock is off by as many seconds as the file says; the one that runs evenly is not touched
// Any thread.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace {

/// What stands in the fault's file; false: the fault is off. By system calls, since open() and close() are those below.
bool is_on(const char* fault, std::array<char, 32>& text) {
  const char* folder = std::getenv("FAKE_FAULTS");
  if (folder == nullptr) return false;
  std::array<char, 256> path{};
  std::snprintf(path.data(), path.size(), "%s/%s", folder, fault);
  const auto file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path.data(), O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  const ssize_t got = read(file, text.data(), text.size() - 1);
  text[got > 0 ? static_cast<std::size_t>(got) : 0] = '\0';
  syscall(SYS_close, file);
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

/// Whether it is the folder of the faults or a file there.
bool is_in_folder(std::string_view path) {
  const char* folder = std::getenv("FAKE_FAULTS");
  if (folder == nullptr || !path.starts_with(folder)) return false;
  path.remove_prefix(std::string_view(folder).size());
  return path.empty() || path.front() == '/';
}

bool is_in_folder(int file) {
  const int error = errno;
  std::array<char, 32> link{};
  std::array<char, 256> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link.data(), path.data(), path.size());
  errno = error;
  return size > 0 && is_in_folder(std::string_view(path.data(), static_cast<std::size_t>(size)));
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

int open(const char* path, int flags, ...) {
  static const auto open_file = real<decltype(&open)>("open");
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
  }
  if (is_in_folder(path)) hang_with_the_disk();
  return open_file(path, flags, mode);
}

int close(int file) {
  static const auto close_file = real<decltype(&close)>("close");
  if (is_in_folder(file)) hang_with_the_disk();
  return close_file(file);
}

dirent* readdir(DIR* folder) {
  static const auto read_entry = real<decltype(&readdir)>("readdir");
  if (is_in_folder(dirfd(folder))) hang_with_the_disk();
  return read_entry(folder);
}

struct lws_context;

int lws_service(lws_context* context, int unused) {
  static const auto serve = real<decltype(&lws_service)>("lws_service");
  std::array<char, 32> text{};
  return is_on("http", text) ? -1 : serve(context, unused);
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

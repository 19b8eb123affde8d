// SPDX-License-Identifier: MIT
// LD_PRELOAD library that injects faults into the real daemon while it runs. A fault is active while a file of its name
// exists in the folder FAKE_FAULTS:
//   threads  pthread_create() fails, as at the thread limit of a container
//   disk     the disk hangs: pwrite(), ftruncate() and unlink(), as recordings use them, do not return; nor do open(),
//            close() and readdir() for the folder FAKE_FAULTS and its files
//   http     lws_service() fails, as when libwebsockets has lost its event descriptor
//   clock    the wall clock is off by the number of seconds in the file; the monotonic clock is not changed
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

/// Reads the file of a fault; false: the fault is off. Uses system calls, since open() and close() are replaced below.
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

time_t clock_offset() {
  const int error = errno;
  std::array<char, 32> text{};
  const time_t seconds = is_on("clock", text) ? std::strtol(text.data(), nullptr, 10) : 0;
  errno = error;
  return seconds;
}

void wait_while_disk_hangs() {
  const int error = errno;
  std::array<char, 32> text{};
  while (is_on("disk", text)) usleep(10'000);
  errno = error;
}

/// Whether `path` is the folder FAKE_FAULTS or a file in it.
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
  wait_while_disk_hangs();
  return write(file, bytes, size, offset);
}

int ftruncate(int file, off_t length) {
  static const auto cut = real<decltype(&ftruncate)>("ftruncate");
  wait_while_disk_hangs();
  return cut(file, length);
}

int unlink(const char* path) {
  static const auto remove = real<decltype(&unlink)>("unlink");
  wait_while_disk_hangs();
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
  if (is_in_folder(path)) wait_while_disk_hangs();
  return open_file(path, flags, mode);
}

int close(int file) {
  static const auto close_file = real<decltype(&close)>("close");
  if (is_in_folder(file)) wait_while_disk_hangs();
  return close_file(file);
}

dirent* readdir(DIR* folder) {
  static const auto read_entry = real<decltype(&readdir)>("readdir");
  if (is_in_folder(dirfd(folder))) wait_while_disk_hangs();
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
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += clock_offset();
  return status;
}

int gettimeofday(timeval* now, void* zone) {
  static const auto get = real<int (*)(timeval*, void*)>("gettimeofday");
  const int status = get(now, zone);
  if (status == 0) now->tv_sec += clock_offset();
  return status;
}

time_t time(time_t* result) {
  static const auto get = real<decltype(&time)>("time");
  const time_t now = get(nullptr) + clock_offset();
  if (result != nullptr) *result = now;
  return now;
}
}

// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <utility>

namespace cs {

/// Owns a file descriptor and closes it. One thread.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();

  [[nodiscard]] int get() const { return fd_; }

  /// Gives up ownership: the caller closes the descriptor.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Calls `on_readable` on the main loop whenever `fd` is readable. Main thread only.
class FdWatch {
 public:
  FdWatch(int fd, std::function<void()> on_readable);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

 private:
  std::function<void()> on_readable_;
  unsigned source_;
};

/// Lets any thread run `on_wake` on the main loop. Several wakes before `on_wake` runs count as one. Constructed and
/// destroyed on the main thread.
class Wakeup {
 public:
  explicit Wakeup(std::function<void()> on_wake);

  /// Any thread; never blocks.
  void wake() const;

 private:
  void drain() const;

  Fd event_;
  std::function<void()> on_wake_;
  FdWatch watch_;
};

}  // namespace cs

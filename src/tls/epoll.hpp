// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace cs {

/// An epoll instance. A descriptor is watched until it is removed or closed. One thread.
class Epoll {
 public:
  /// Throws StartupError.
  Epoll() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    if (fd_.get() < 0) throw StartupError(std::string("cannot start TLS: epoll: ") + std::strerror(errno));
  }

  /// Watches `fd` for `events`; `key` comes back with each of them. False on failure.
  [[nodiscard]] bool add(int fd, std::uint64_t key, std::uint32_t events) {
    return control(EPOLL_CTL_ADD, fd, key, events);
  }
  /// Changes the events of a watched descriptor. False on failure.
  [[nodiscard]] bool modify(int fd, std::uint64_t key, std::uint32_t events) {
    return control(EPOLL_CTL_MOD, fd, key, events);
  }
  void remove(int fd) { control(EPOLL_CTL_DEL, fd, 0, 0); }

  /// Waits until there are events, at most `timeout_ms`; -1: without limit. Returns the events, at most as many as
  /// `place` holds; none on timeout or when a signal interrupts it.
  [[nodiscard]] std::span<const epoll_event> wait(std::span<epoll_event> place, int timeout_ms) {
    const int count = epoll_wait(fd_.get(), place.data(), static_cast<int>(place.size()), timeout_ms);
    return place.first(count > 0 ? static_cast<std::size_t>(count) : 0);
  }

 private:
  bool control(int operation, int fd, std::uint64_t key, std::uint32_t events) {
    epoll_event event = {.events = events, .data = {.u64 = key}};
    return epoll_ctl(fd_.get(), operation, fd, &event) == 0;
  }

  const Fd fd_;
};

}  // namespace cs

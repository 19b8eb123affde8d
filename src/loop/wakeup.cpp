// SPDX-License-Identifier: MIT
#include "loop/wakeup.hpp"

#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "loop/guarded.hpp"

namespace cs {
namespace {

int make_eventfd() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) throw StartupError(std::string("cannot create an eventfd: ") + std::strerror(errno));
  return fd;
}

}  // namespace

FdWatch::FdWatch(int fd, std::function<void()> on_readable) : on_readable_(std::move(on_readable)) {
  const auto callback = [](int, GIOCondition, void* self) -> gboolean {
    run_guarded([&] { static_cast<FdWatch*>(self)->on_readable_(); });
    return G_SOURCE_CONTINUE;
  };
  source_ = g_unix_fd_add(fd, G_IO_IN, callback, this);
}

FdWatch::~FdWatch() {
  g_source_remove(source_);
}

Wakeup::Wakeup(std::function<void()> on_wake)
    : event_(make_eventfd()), on_wake_(std::move(on_wake)), watch_(event_.get(), [this] {
        drain();  // first, so that a wake() during on_wake() is not lost
        on_wake_();
      }) {}

void Wakeup::wake() const {
  const std::uint64_t one = 1;
  // The write fails only when the counter is at its limit. Then the loop is already awake.
  [[maybe_unused]] const auto written = write(event_.get(), &one, sizeof one);
}

void Wakeup::drain() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(event_.get(), &count, sizeof count);
}

}  // namespace cs

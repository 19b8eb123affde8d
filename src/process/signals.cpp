// SPDX-License-Identifier: MIT
#include "process/signals.hpp"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace cs {
namespace {

int block_and_open() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // write() to a file at the size limit fails with EFBIG instead
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // Not g_unix_signal_add(): it never fires for a signal that all threads block.
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) throw StartupError(std::string("cannot create a signalfd: ") + std::strerror(errno));
  return fd;
}

}  // namespace

Signals::Signals(Handlers handlers)
    : handlers_(std::move(handlers)), fd_(block_and_open()), watch_(fd_.get(), [this] { read_one(); }) {}

void Signals::read_one() {
  signalfd_siginfo info = {};
  if (read(fd_.get(), &info, sizeof info) != sizeof info) return;
  const int number = static_cast<int>(info.ssi_signo);
  if (number == SIGUSR1)
    handlers_.report();
  else if (number == SIGHUP)
    handlers_.reload();
  else
    handlers_.stop(number);
}

}  // namespace cs

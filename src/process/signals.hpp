// SPDX-License-Identifier: MIT
#pragma once

#include <csignal>
#include <functional>

#include "base/fd.hpp"
#include "loop/wakeup.hpp"

namespace cs {

/// Delivers SIGINT, SIGTERM, SIGHUP and SIGUSR1 as events of the main loop. Construct it before any thread is started:
/// threads inherit the blocked signals and are never interrupted. SIGPIPE and SIGXFSZ are ignored. Main thread only.
class Signals {
 public:
  struct Handlers {
    std::function<void(int signal)> stop;  ///< SIGINT or SIGTERM
    std::function<void()> report;          ///< SIGUSR1
    std::function<void()> reload;          ///< SIGHUP
  };
  explicit Signals(Handlers handlers);

 private:
  void read_one();

  Handlers handlers_;
  Fd fd_;
  FdWatch watch_;
};

}  // namespace cs

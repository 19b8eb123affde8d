// SPDX-License-Identifier: MIT
#include "loop/guarded.hpp"

#include <atomic>

#include "log/log.hpp"

namespace cs {
namespace {

std::atomic<Metric*> uncaught = nullptr;

}  // namespace

void count_uncaught_in(Metric* counter) {
  uncaught = counter;
}

void report_uncaught(const char* what) noexcept {
  if (Metric* const counter = uncaught) counter->add();
  try {
    make_log("main")->error("a task of the main thread failed: {}", what);
  } catch (...) {  // out of memory for the log line; the exception is counted
  }
}

}  // namespace cs

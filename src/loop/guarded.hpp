// SPDX-License-Identifier: MIT
#pragma once

#include <exception>

#include "base/metrics.hpp"

namespace cs {

/// Sets the metric in which run_guarded() counts exceptions; null: none. Main thread only.
void count_uncaught_in(Metric* counter);

/// Logs an uncaught exception as an error, and counts it. Any thread.
void report_uncaught(const char* what) noexcept;

/// Calls `job` from a C callback. An exception must not pass through C frames: it is caught, logged and counted, and
/// the rest of the job is skipped. Main thread only.
template <typename F>
void run_guarded(F&& job) noexcept {
  try {
    job();
  } catch (const std::exception& exception) {
    report_uncaught(exception.what());
  } catch (...) {
    report_uncaught("exception of unknown type");
  }
}

}  // namespace cs

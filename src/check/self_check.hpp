// SPDX-License-Identifier: MIT
#pragma once

#include "check/report.hpp"
#include "config/settings.hpp"

namespace cs {

/// Implements --check: tests everything the service needs with these settings and prints a report. Skips checks that
/// depend on a wrong setting. Takes about 20 s at most. Returns the exit code of the process: 0 unless a check failed.
/// Main thread only.
[[nodiscard]] int self_check(const Parsed& parsed, CheckReport::Form form);

}  // namespace cs

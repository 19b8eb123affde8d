// SPDX-License-Identifier: MIT
#pragma once

#include "check/report.hpp"
#include "config/settings.hpp"

namespace cs {

/// What --check does: tries everything that the service needs with these settings and prints what came of it; what
/// depends on a wrong setting is left out. Takes about 20 s at most, and returns the process's exit code: 0 unless
/// something failed. Main thread only.
[[nodiscard]] int self_check(const Parsed& parsed, CheckReport::Form form);

}  // namespace cs

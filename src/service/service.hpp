// SPDX-License-Identifier: MIT
#pragma once

#include "config/settings.hpp"

namespace cs {

/// Wires the parts of the service and runs it until it is told to stop; the result is the process's exit code. Throws
/// StartupError when it cannot start. Main thread only.
[[nodiscard]] int serve(const Settings& settings);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include "config/settings.hpp"

namespace cs {

/// Wires the parts of the service and runs it until a signal stops it. Returns the exit code of the process. Throws
/// StartupError if it cannot start. Main thread only.
[[nodiscard]] int serve(const Settings& settings);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "base/fd.hpp"
#include "check/report.hpp"
#include "config/settings.hpp"

namespace cs {

/// Implements --check: tests everything the service needs with these settings and prints a report. Skips checks that
/// depend on a wrong setting. Takes about 20 s at most. Returns the exit code of the process: 0 unless a check failed.
/// `take_frame_socket`: returns the socket for a program that draws which systemd passed, or an empty Fd; it is called
/// only if the settings need that socket, and may throw StartupError. Main thread only.
[[nodiscard]] int self_check(const Parsed& parsed, CheckReport::Form form,
                             const std::function<Fd()>& take_frame_socket);

}  // namespace cs

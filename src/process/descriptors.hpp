// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// Opens /dev/null for each of stdin, stdout and stderr that is closed. Otherwise a descriptor opened later gets its
/// number, and the log is written into it. Call it before any other descriptor is opened.
void open_standard_descriptors();

/// Raises the number of file descriptors that this process may have (RLIMIT_NOFILE) as far as it is allowed to, and
/// says how many that are. Once, at start. Main thread only.
[[nodiscard]] std::int64_t raise_descriptor_limit();

}  // namespace cs

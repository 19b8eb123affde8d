// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// Opens /dev/null for each of stdin, stdout and stderr that is closed. Otherwise a descriptor opened later would get
/// its number, and log lines would be written into it. Call it before any other descriptor is opened.
void open_standard_descriptors();

/// Raises the soft limit of file descriptors (RLIMIT_NOFILE) to the hard limit and returns the resulting limit; 0: it
/// cannot be read. Main thread only; once, at start.
[[nodiscard]] std::int64_t raise_descriptor_limit();

}  // namespace cs

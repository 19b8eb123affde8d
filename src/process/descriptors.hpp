// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// File descriptors not used by viewers: those of other connections, and those of the process itself.
inline constexpr std::int64_t kOtherDescriptors = 192;

/// Opens /dev/null for each of stdin, stdout and stderr that is closed. Otherwise a descriptor opened later would get
/// its number, and log lines would be written into it. Call it before any other descriptor is opened.
void open_standard_descriptors();

/// Raises the soft limit of file descriptors (RLIMIT_NOFILE) to the hard limit and returns the resulting limit; 0: it
/// cannot be read. Main thread only; once, at start.
[[nodiscard]] std::int64_t raise_descriptor_limit();

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// Opens /dev/null as stdin, stdout and stderr where whoever started the process left them closed, so that nothing
/// opened later gets their numbers, and the log with it. Before any other descriptor is opened.
void open_standard_descriptors();

/// Raises the number of file descriptors that this process may have (RLIMIT_NOFILE) as far as it is allowed to, and
/// says how many that are. Once, at start. Main thread only.
[[nodiscard]] std::int64_t raise_descriptor_limit();

}  // namespace cs

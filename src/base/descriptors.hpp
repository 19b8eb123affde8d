// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// Raises the number of file descriptors that this process may have (RLIMIT_NOFILE) as far as it is allowed to, and
/// says how many that are. Once, at start. Main thread only.
[[nodiscard]] std::int64_t raise_descriptor_limit();

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// File descriptors not used by viewers: those of other connections, and those of the process itself.
inline constexpr std::int64_t kOtherDescriptors = 192;

}  // namespace cs

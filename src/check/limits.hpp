// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

/// File descriptors beside the viewers': bystanders', and what the process has open for itself.
inline constexpr std::int64_t kOtherDescriptors = 192;

}  // namespace cs

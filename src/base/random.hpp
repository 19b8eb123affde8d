// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace cs {

/// Fills `bytes` with cryptographically secure random bytes from the kernel. False: the kernel has none, and the caller
/// must not continue. Any thread.
[[nodiscard]] bool fill_with_random(std::span<std::byte> bytes);

}  // namespace cs

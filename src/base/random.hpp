// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace cs {

/// Fills them with random bytes from the kernel that nobody can foretell; false when it has none, and who needs them
/// must not go on. Any thread.
[[nodiscard]] bool fill_with_random(std::span<std::byte> bytes);

}  // namespace cs

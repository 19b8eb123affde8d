// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace cs {

/// Fills `bytes` with cryptographically secure random bytes from the kernel. False: the kernel has none, and the caller
/// must not continue. Any thread.
[[nodiscard]] bool fill_with_random(std::span<std::byte> bytes);

/// 128 random bits as 32 hexadecimal digits: an ID that cannot be guessed. Empty if the kernel has no randomness. Any
/// thread.
[[nodiscard]] std::string random_id();

}  // namespace cs

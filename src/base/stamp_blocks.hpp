// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cs {

/// Value of a stamp: the wall clock in milliseconds since 1970, modulo 2^32.
[[nodiscard]] inline std::uint32_t stamp_of(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

inline constexpr std::size_t kStampBlocks = 40;

/// The side of a block is the frame's width divided by this.
inline constexpr int kStampBlocksPerWidth = 80;

/// The blocks of a stamp from left to right, true for white: the 32 bits of `stamp`, then an 8-bit check value, the
/// exclusive or of its four bytes. Both start with the least significant bit. Pure.
[[nodiscard]] constexpr std::array<bool, kStampBlocks> stamp_blocks(std::uint32_t stamp) {
  const std::uint32_t check = (stamp ^ stamp >> 8 ^ stamp >> 16 ^ stamp >> 24) & 0xffU;
  std::array<bool, kStampBlocks> blocks = {};
  for (std::size_t i = 0; i < kStampBlocks; ++i) blocks[i] = ((i < 32 ? stamp >> i : check >> (i - 32)) & 1U) != 0;
  return blocks;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

namespace cs {

/// Splits a byte stream into its NAL units, without start codes and padding zeros (ITU-T H.264, annex B). Ignores bytes
/// before the first start code. Pure.
[[nodiscard]] inline std::vector<std::span<const std::byte>> nal_units(std::span<const std::byte> stream) {
  constexpr std::byte kZero{0};
  std::vector<std::span<const std::byte>> units;
  const std::byte* begin = nullptr;  // of the current unit
  const auto end_unit = [&](const std::byte* end) {
    while (begin != nullptr && end > begin && end[-1] == kZero) --end;
    if (begin != nullptr && end > begin) units.emplace_back(begin, end);
  };
  const std::byte* const end = stream.data() + stream.size();
  for (const std::byte* at = stream.data(); end - at >= 3;) {
    // Searches for the 01 of 00 00 01, which is rarer than 00.
    const auto* one = static_cast<const std::byte*>(std::memchr(at + 2, 1, static_cast<std::size_t>(end - at - 2)));
    if (one == nullptr) break;
    if (one[-1] == kZero && one[-2] == kZero) {
      end_unit(one - 2);
      begin = one + 1;
    }
    at = one - 1;
  }
  end_unit(end);
  return units;
}

}  // namespace cs

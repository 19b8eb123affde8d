// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace cs {

/// 256 bits of SHA-256 or of HMAC with it. A plain value; not to be compared by ==, which stops at the first
/// difference.
struct Digest {
  std::array<unsigned char, 32> bytes;

  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

/// Nothing where OpenSSL cannot, for want of memory; who needs it must then say no. Any thread.
[[nodiscard]] std::optional<Digest> sha256(std::string_view text);
[[nodiscard]] std::optional<Digest> hmac_sha256(std::string_view key, std::string_view text);

/// In a time that does not depend on what they hold. Any thread.
[[nodiscard]] bool is_same(const Digest& a, const Digest& b);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace cs {

/// A SHA-256 or HMAC-SHA-256 digest. Has no operator==, which would stop at the first difference: use is_same().
struct Digest {
  std::array<unsigned char, 32> bytes;

  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

/// Computes a digest; nullopt if OpenSSL is out of memory. The caller must then deny access. Any thread.
[[nodiscard]] std::optional<Digest> sha256(std::string_view text);
[[nodiscard]] std::optional<Digest> hmac_sha256(std::string_view key, std::string_view text);

/// Compares two digests in constant time. Any thread.
[[nodiscard]] bool is_same(const Digest& a, const Digest& b);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// Encodes bytes as in RFC 4648, section 5, without padding. Pure.
[[nodiscard]] std::string base64url(std::string_view bytes);

/// Decodes a text; nullopt if base64url() cannot have produced it. Pure.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace cs

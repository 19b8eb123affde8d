// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// RFC 4648, section 5, without padding. Pure.
[[nodiscard]] std::string base64url(std::string_view bytes);

/// The bytes; none where the text is not what base64url() makes of any. Pure.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace cs

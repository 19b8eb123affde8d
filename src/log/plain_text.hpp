// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cs {

/// Makes client text safe for a log line. C0 and C1 control characters, line and paragraph separators, bidirectional
/// and invisible format characters become a space: they could end the line, move the cursor, colour, hide or reverse
/// text. Invalid UTF-8 becomes U+FFFD. Pure.
[[nodiscard]] std::string plain_text(std::string_view text);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cs {

/// A stranger's text as it may stand in a line of the log: what ends lines, moves the cursor, colours, hides or turns
/// round what stands beside it becomes a space (control characters of both kinds, separators of lines and paragraphs,
/// bidirectional and invisible format characters), and what is no UTF-8 becomes U+FFFD. Pure.
[[nodiscard]] std::string plain_text(std::string_view text);

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace cs {

/// One input for what the file is named after: whatever is in it, what must hold holds.
void fuzz(std::string_view input);

namespace test {

/// Ends the process where that is not so, which libFuzzer takes for a finding.
inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "this did not hold: %s\n", what);
  std::abort();
}

inline bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// What stands before the mark; the text goes on behind it. All of it where there is none.
inline std::string_view cut(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + mark.size());
  return part;
}

}  // namespace test
}  // namespace cs

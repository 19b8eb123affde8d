// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace cs {

/// Runs the fuzzer of this file on one input. Checks invariants with must().
void fuzz(std::string_view input);

namespace test {

/// Aborts the process if the condition is false. libFuzzer reports that as a finding.
inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "invariant violated: %s\n", what);
  std::abort();
}

inline bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Removes the text before the first mark, and the mark, and returns that text. Without a mark: the whole text.
inline std::string_view cut(std::string_view& text, std::string_view mark) {
  const auto at = text.find(mark);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + mark.size());
  return part;
}

}  // namespace test
}  // namespace cs

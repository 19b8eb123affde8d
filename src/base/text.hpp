// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace cs {

// Text of protocols and settings, byte by byte: letters are those of ASCII. Pure; any thread.

[[nodiscard]] std::string lower_case(std::string_view text);

/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The parts between separators; one, perhaps empty, if there is no separator.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The items of a comma-separated list, trimmed; empty items are left out (RFC 9110, section 5.6.1).
[[nodiscard]] std::vector<std::string_view> list_items(std::string_view text);

/// The parts with a separator between them.
template <typename Parts>
[[nodiscard]] std::string joined(const Parts& parts, std::string_view separator) {
  std::string text;
  bool is_first = true;
  for (const auto& part : parts) {
    if (!is_first) text += separator;
    is_first = false;
    text += part;
  }
  return text;
}

/// Parses a whole text as an integer from `least` to `most`, in that base; nullopt: it is not one.
template <typename Int>
[[nodiscard]] std::optional<Int> parse_number(std::string_view text, Int least = std::numeric_limits<Int>::min(),
                                              Int most = std::numeric_limits<Int>::max(), int base = 10) {
  Int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

/// Whether the text contains a control character (a byte below 0x20, or 0x7f) that is not one of `except`.
[[nodiscard]] bool has_control(std::string_view text, std::string_view except = {});

/// Whether the text is valid UTF-8 without NUL characters (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Two lower-case digits for each byte.
[[nodiscard]] std::string hex(std::span<const unsigned char> bytes);

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "log/plain_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace cs {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kUnsafe[] = {
    {0x00, 0x1f},       // C0: line ends, escape
    {0x7f, 0x9f},       // delete, and C1: next line, control sequence introducer
    {0xad, 0xad},       // soft hyphen
    {0x61c, 0x61c},     // Arabic letter mark
    {0x180e, 0x180e},   // Mongolian vowel separator
    {0x200b, 0x200f},   // zero width, directional marks
    {0x2028, 0x202e},   // line and paragraph separators, directional embeddings and overrides
    {0x2060, 0x206f},   // invisible operators, directional isolates
    {0xfe00, 0xfe0f},   // variation selectors
    {0xfeff, 0xfeff},   // byte order mark
    {0xfff9, 0xfffb},   // interlinear annotation
    {0xe0000, 0xe0fff}  // tags and more variation selectors
};

struct Decoded {
  char32_t code;
  std::size_t size;  ///< bytes
};

/// Decodes the first character (RFC 3629). Empty: it is malformed, overlong, a surrogate or beyond Unicode.
std::optional<Decoded> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return Decoded{lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return std::nullopt;
  char32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  constexpr char32_t kMinimum[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kMinimum[size] || is_surrogate || code > 0x10ffff) return std::nullopt;
  return Decoded{code, size};
}

bool is_unsafe(char32_t code) {
  return std::ranges::any_of(kUnsafe, [=](const Range& range) { return code >= range.first && code <= range.last; });
}

}  // namespace

std::string plain_text(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto character = decode(text);
    const std::size_t size = character ? character->size : 1;
    if (!character)
      plain += kReplacement;
    else if (is_unsafe(character->code))
      plain += ' ';
    else
      plain += text.substr(0, size);
    text.remove_prefix(size);
  }
  return plain;
}

}  // namespace cs

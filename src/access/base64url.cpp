// SPDX-License-Identifier: MIT
#include "access/base64url.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>

namespace cs {

std::string base64url(std::string_view bytes) {
  const std::unique_ptr<gchar, decltype(&g_free)> base64(
      g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()), g_free);
  std::string text(base64.get());
  text.erase(std::min(text.find('='), text.size()));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string base64(text);
  std::ranges::replace(base64, '-', '+');
  std::ranges::replace(base64, '_', '/');
  base64.append((4 - base64.size() % 4) % 4, '=');
  gsize size = 0;
  const std::unique_ptr<guchar, decltype(&g_free)> decoded(g_base64_decode(base64.c_str(), &size), g_free);
  std::string bytes(reinterpret_cast<const char*>(decoded.get()), size);
  // GLib skips what it does not know; each sequence of bytes has exactly one text here.
  if (base64url(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace cs

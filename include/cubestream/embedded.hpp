// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace cs {

/// A file that travels inside the binary; `contents` ends in a zero byte that it does not count.
struct EmbeddedFile {
  std::string_view name;
  std::string_view contents;
};

extern const std::span<const EmbeddedFile> embedded_shaders;  ///< shaders/
extern const std::span<const EmbeddedFile> embedded_page;     ///< web/

}  // namespace cs

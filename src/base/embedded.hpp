// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace cs {

/// A file compiled into the binary; `contents` is followed by a zero byte that is not counted.
struct EmbeddedFile {
  std::string_view name;
  std::string_view contents;
};

extern const std::span<const EmbeddedFile> embedded_shaders;  ///< shaders/
extern const std::span<const EmbeddedFile> embedded_page;     ///< web/

}  // namespace cs

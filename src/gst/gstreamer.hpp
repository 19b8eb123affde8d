// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cs {

/// An element that must be there, and the Debian package that brings it.
struct NeededElement {
  std::string_view factory;
  std::string_view package;
};

/// GStreamer for the life of the process, its log joined to ours. Throws StartupError when an element is missing: one
/// sentence that names all of them and their packages. Main thread only, once.
class GStreamer {
 public:
  explicit GStreamer(std::span<const NeededElement> needed);
};

/// A sentence that names all of `needed` that are not installed, and their packages; empty: none is missing. Any
/// thread.
[[nodiscard]] std::string missing_elements(std::span<const NeededElement> needed);

/// Whether an element of that name is installed. Any thread.
[[nodiscard]] bool has_element(std::string_view factory);

}  // namespace cs

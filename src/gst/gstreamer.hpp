// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cs {

/// A required element, and the Debian package that contains it.
struct NeededElement {
  std::string_view factory;
  std::string_view package;
};

/// Initializes GStreamer for the lifetime of the process and routes its log to the server's log. Throws StartupError if
/// elements are missing: one sentence that names all of them and their packages. Main thread only, once.
class GStreamer {
 public:
  explicit GStreamer(std::span<const NeededElement> needed);
};

/// A sentence that names all elements of `needed` that are not installed, and their packages; empty if none is missing.
/// Any thread.
[[nodiscard]] std::string missing_elements(std::span<const NeededElement> needed);

/// Whether the element `factory` is installed. Any thread.
[[nodiscard]] bool has_element(std::string_view factory);

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "gst/gstreamer.hpp"

#include <gst/gst.h>

#include <set>
#include <string>

#include "base/error.hpp"
#include "gst/gst_log.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

/// "a", "a and b", "a, b and c"
std::string list(const std::set<std::string>& words) {
  std::string text;
  std::size_t left = words.size();
  for (const auto& word : words) text += word + (left-- > 2 ? ", " : left == 1 ? " and " : "");
  return text;
}

}  // namespace

GStreamer::GStreamer(std::span<const NeededElement> needed) {
  GError* raw_error = nullptr;
  if (!gst_init_check(nullptr, nullptr, &raw_error))
    throw StartupError(std::string("cannot start GStreamer: ") + adopt(raw_error)->message);
  start_gst_log();
  if (const std::string missing = missing_elements(needed); !missing.empty()) throw StartupError(missing);
}

std::string missing_elements(std::span<const NeededElement> needed) {
  std::set<std::string> elements;
  std::set<std::string> packages;
  for (const auto& [factory, package] : needed) {
    if (has_element(factory)) continue;
    elements.insert("\"" + std::string(factory) + "\"");
    packages.emplace(package);
  }
  if (elements.empty()) return "";
  return "GStreamer has no " + list(elements) + "; install the Debian package" + (packages.size() > 1 ? "s " : " ") +
         list(packages);
}

bool has_element(std::string_view factory) {
  const auto found = adopt(gst_element_factory_find(std::string(factory).c_str()));
  return found != nullptr;
}

}  // namespace cs

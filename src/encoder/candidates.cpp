// SPDX-License-Identifier: MIT
#include "encoder/candidates.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "gst/gstreamer.hpp"
#include "gst/ref.hpp"

namespace cs {
namespace {

bool fits(const EncoderRow& row, Size size) {
  const auto [short_side, long_side] = std::minmax(size.width, size.height);
  return long_side <= row.largest.width && short_side <= row.largest.height;
}

/// The x of the running GStreamer 1.x.
unsigned gst_minor_version() {
  guint major = 0;
  guint minor = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  return minor;
}

/// Why GStreamer does not have the element. Without its device, a hardware plugin is installed but registers no
/// element. GStreamer blacklists a plugin that crashed its scanner.
std::string why_not_available(const EncoderRow& row) {
  const auto plugin = adopt(gst_registry_find_plugin(gst_registry_get(), std::string(row.plugin).c_str()));
  const std::string package(row.package);
  if (!plugin && row.removed_in != 0 && gst_minor_version() >= row.removed_in)
    return "GStreamer 1." + std::to_string(row.removed_in) + " removed it; use " + std::string(row.successor);
  if (!plugin) return "package " + package + " is not installed";
  if (GST_OBJECT_FLAG_IS_SET(plugin.get(), GST_PLUGIN_FLAG_BLACKLISTED))
    return "GStreamer blacklisted its plugin, which failed to load (package " + package + ")";
  if (row.kind == EncoderKind::hardware) return "no such device, or no driver for it";
  return "package " + package + " is incomplete";
}

/// "a", "a and b", "a, b and c"
std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  std::size_t left = names.size();
  for (const auto name : names) text += std::string(name) + (left-- > 2 ? ", " : left == 1 ? " and " : "");
  return text;
}

/// Joins the obstacles into one sentence; consecutive rows with the same obstacle are listed together.
std::string sentence_of(const std::vector<std::pair<std::string, std::vector<std::string_view>>>& obstacles) {
  std::string text;
  for (const auto& [why, names] : obstacles) {
    std::string sentence = listed(names) + " " + why;
    if (names.size() > 1 && why.starts_with("is ")) sentence = listed(names) + " are " + why.substr(3);
    text += (text.empty() ? "" : "; ") + sentence;
  }
  return text;
}

}  // namespace

std::string obstacle(const EncoderRow& row, const Stream& stream) {
  if (!has_element(row.factory)) {
    // The remedy for a software encoder is to install its package; for hardware there is none.
    if (row.kind == EncoderKind::hardware) return "is not available: " + why_not_available(row);
    return "is not installed (package " + std::string(row.package) + ")";
  }
  if (!fits(row, stream.format.size)) return "encodes at most " + text_of(row.largest);
  return {};
}

Candidates candidate_encoders(std::string_view name, const Stream& stream) {
  Candidates candidates;
  candidates.by_name = is_encoder_of(name, stream.codec);
  std::vector<std::pair<std::string, std::vector<std::string_view>>> obstacles;
  for (const EncoderRow& row : encoder_table()) {
    if (row.codec != stream.codec || (candidates.by_name && row.factory != name)) continue;
    const std::string why_not = obstacle(row, stream);
    if (why_not.empty())
      candidates.rows.push_back(&row);
    else if (!obstacles.empty() && obstacles.back().first == why_not)
      obstacles.back().second.push_back(row.factory);
    else
      obstacles.push_back({why_not, {row.factory}});
  }
  candidates.absent = sentence_of(obstacles);
  if (candidates.rows.empty())
    throw StartupError("encoder " + candidates.absent + (candidates.by_name ? "; or set CS_ENCODER=auto" : ""));
  return candidates;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "gst/plugins_in_use.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "gst/ref.hpp"

namespace cs {
namespace {

/// "staticelements" contains bin and pipeline; webrtcbin creates elements of the other plug-ins itself.
constexpr std::array<std::string_view, 8> kPlugins = {"staticelements", "webrtc", "rtpmanager", "rtp",
                                                      "dtls",           "srtp",   "sctp",       "nice"};

/// GStreamer's core plug-in also contains elements that read and write files, so its elements are listed one by one.
constexpr const char* kCore = "coreelements";
constexpr std::array<std::string_view, 7> kCoreElements = {"capsfilter", "clocksync", "fakesink", "funnel",
                                                           "identity",   "queue",     "tee"};

bool is_in(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_in_use(GstRegistry* registry, const char* plugin, const PluginsInUse& in_use) {
  if (is_in(kPlugins, plugin) || in_use.plugins.contains(std::string_view(plugin))) return true;
  GList* features = gst_registry_get_feature_list_by_plugin(registry, plugin);
  bool found = false;
  for (const GList* each = features; each != nullptr && !found; each = each->next)
    found = in_use.elements.contains(std::string_view(gst_plugin_feature_get_name(each->data)));
  gst_plugin_feature_list_free(features);
  return found;
}

void forget_core_elements(GstRegistry* registry, const PluginsInUse& in_use) {
  GList* features = gst_registry_get_feature_list_by_plugin(registry, kCore);
  for (const GList* each = features; each != nullptr; each = each->next) {
    auto* feature = static_cast<GstPluginFeature*>(each->data);
    const std::string_view name = gst_plugin_feature_get_name(feature);
    if (!is_in(kCoreElements, name) && !in_use.elements.contains(name)) gst_registry_remove_feature(registry, feature);
  }
  gst_plugin_feature_list_free(features);
}

}  // namespace

int forget_other_plugins(const PluginsInUse& in_use) {
  GstRegistry* registry = gst_registry_get();
  GList* plugins = gst_registry_get_plugin_list(registry);
  int forgotten = 0;
  for (const GList* each = plugins; each != nullptr; each = each->next) {
    auto* plugin = static_cast<GstPlugin*>(each->data);
    const char* name = gst_plugin_get_name(plugin);
    if (std::string_view(name) == kCore || is_in_use(registry, name, in_use)) continue;
    gst_registry_remove_plugin(registry, plugin);
    ++forgotten;
  }
  gst_plugin_list_free(plugins);
  forget_core_elements(registry, in_use);
  return forgotten;
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>

namespace cs {

/// The GStreamer elements and plug-ins that this process may load.
struct PluginsInUse {
  std::set<std::string, std::less<>> elements;  ///< including the whole plug-in that contains them
  std::set<std::string, std::less<>> plugins;   ///< GStreamer's names of the plug-ins
};

/// Removes all other plug-ins from GStreamer's registry, so that they cannot be loaded any more. A common installation
/// has two hundred, with readers for every file format and sources for every protocol. Elements that webrtcbin creates
/// itself are kept. Returns the number of removed plug-ins. Main thread only, before the first element is created.
int forget_other_plugins(const PluginsInUse& in_use);

}  // namespace cs

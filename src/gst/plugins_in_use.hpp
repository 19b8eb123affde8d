// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>

namespace cs {

/// What of GStreamer may be loaded into this process.
struct PluginsInUse {
  std::set<std::string, std::less<>> elements;  ///< with the whole plug-in that has them
  std::set<std::string, std::less<>> plugins;   ///< by GStreamer's name for them
};

/// Makes GStreamer forget all other plug-ins. A common installation has two hundred, with readers of every file format
/// and sources for every protocol; none of them can be loaded after this, whoever asks. What webrtcbin makes for itself
/// is kept. Returns how many were forgotten. Main thread only, before the first element is made.
int forget_other_plugins(const PluginsInUse& in_use);

}  // namespace cs

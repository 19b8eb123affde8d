// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "gst/gstreamer.hpp"

namespace cs {

/// The elements that a viewer's pipeline needs, including those that webrtcbin creates.
[[nodiscard]] std::span<const NeededElement> viewer_elements();

}  // namespace cs

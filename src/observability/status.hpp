// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/viewer_figures.hpp"

namespace cs {

/// What GET /api/status says: what runs here since `start`, who watches, and how long each stage took so far, as JSON.
/// The stages' counts only grow; who wants to know of a span of time takes the difference of two. Any thread.
[[nodiscard]] std::string status_json(const Metrics& metrics, const ViewerList& viewers, const FrameFormat& format,
                                      TimePoint start);

}  // namespace cs

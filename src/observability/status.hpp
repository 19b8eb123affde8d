// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"
#include "cubestream/viewer_figures.hpp"

namespace cs {

/// Creates the JSON of GET /api/status: the configuration in use, the viewers, and the time in each stage. The counts
/// only grow since `start`; for an interval, subtract two snapshots. Any thread.
[[nodiscard]] std::string status_json(const Metrics& metrics, const ViewerList& viewers, const FrameFormat& format,
                                      TimePoint start);

}  // namespace cs

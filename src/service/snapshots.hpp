// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "encode/snapshot_encoder.hpp"
#include "gst/gstreamer.hpp"
#include "service/api_dispatcher.hpp"

namespace cs {

/// GStreamer elements needed for snapshots.
[[nodiscard]] std::span<const NeededElement> snapshot_elements();

/// The endpoints /snapshot.jpg and /snapshot.png. `snapshots` must outlive them. Main thread only.
[[nodiscard]] std::vector<ApiDispatcher::Row> snapshot_rows(SnapshotEncoder& snapshots);

}  // namespace cs

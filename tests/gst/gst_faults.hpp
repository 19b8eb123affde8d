// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <atomic>

namespace cs {

/// While this is true, an RtpSink cannot be linked to an rtpfunnel, which happens when its viewer is connected. Links
/// that webrtcbin makes are not affected.
extern std::atomic<bool> funnel_link_fails;

/// Before the next step of any iterator, one element is added to this bin. Null: nothing is added.
extern std::atomic<GstBin*> bin_that_changes;

}  // namespace cs

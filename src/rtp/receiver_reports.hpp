// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "cubestream/viewer_figures.hpp"
#include "gst/ref.hpp"

namespace cs {

/// Reads the RTCP receiver reports of a webrtcbin's peer from the RTP session inside webrtcbin's rtpbin, which takes
/// microseconds. webrtcbin's get-stats needs a promise, a task on another thread and dozens of structures, and returns
/// no more data. Main thread only.
class ReceiverReports {
 public:
  /// `webrtcbin` must be connected; it may be destroyed before this object.
  explicit ReceiverReports(GstElement* webrtcbin);

  struct Sample {
    Reception reception;
    bool is_new = false;  ///< the report differs from the previous sample
  };
  /// The latest report; nothing if none has arrived.
  [[nodiscard]] std::optional<Sample> sample();

 private:
  Ref<GObject> session_;
  std::uint64_t last_ = 0;  // identifies the last report
};

}  // namespace cs

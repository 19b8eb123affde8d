// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "cubestream/viewer_figures.hpp"
#include "gst/ref.hpp"

namespace cs {

/// What the peer of a webrtcbin reports of its reception, by RTCP. It is read from the session inside webrtcbin's
/// rtpbin, which costs microseconds; webrtcbin's own get-stats makes a promise, a task on another thread and dozens of
/// structures, and knows no more. Main thread only.
class ReceiverReports {
 public:
  /// For a `webrtcbin` that is connected and may go before this object.
  explicit ReceiverReports(GstElement* webrtcbin);

  struct Sample {
    Reception reception;
    bool is_new = false;  ///< another report than at the last look
  };
  /// The latest report; none: none has come.
  [[nodiscard]] std::optional<Sample> sample();

 private:
  Ref<GObject> session_;
  std::uint64_t last_ = 0;  // tells one report from another
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "cubestream/viewer_figures.hpp"
#include "gst/ref.hpp"
#include "viewer/path_gauge.hpp"

namespace cs {

/// What the peer of a webrtcbin reports of its reception, by RTCP. It is read from the session inside webrtcbin's
/// rtpbin, which costs microseconds; webrtcbin's own get-stats makes a promise, a task on another thread and dozens of
/// structures, and knows no more. Main thread only.
class ReceiverReports {
 public:
  /// For a `webrtcbin` that is connected and may go before this object. What the peer tells of single packets is the
  /// `gauge`'s at once.
  ReceiverReports(GstElement* webrtcbin, std::shared_ptr<PathGauge> gauge);

  struct Look {
    Reception reception;
    bool is_new = false;  ///< another report than at the last look
  };
  /// The latest report; none: none has come.
  [[nodiscard]] std::optional<Look> look();

 private:
  Ref<GObject> session_;
  std::uint64_t last_ = 0;  // tells one report from another
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <map>

#include "base/metrics.hpp"
#include "cubestream/access_unit.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/stream.hpp"

namespace cs {

/// The metrics of a stream's encoder. Any thread, unless noted.
class EncoderMetrics {
 public:
  EncoderMetrics(const Stream& stream, Metrics& metrics);

  void count(const AccessUnit& unit);
  void count_keyframe_request(KeyframeCause cause);
  /// Main thread only.
  void set_target(int kbps);

  Metric& alive;
  Metric& errors;
  Metric& push_refused;
  Metric& skipped;
  Metric& restarts;
  Metric& gave_up;  ///< gauge

 private:
  Metric& units_;
  Metric& bytes_;
  Metric& keyframes_;
  Metric& target_;
  int target_kbps_ = 0;
  const std::map<KeyframeCause, Metric*> keyframe_requests_;
};

}  // namespace cs

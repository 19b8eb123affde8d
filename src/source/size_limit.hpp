// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "base/token_bucket.hpp"
#include "cubestream/clock.hpp"
#include "source/producer_protocol.hpp"

namespace cs {

/// Limits how often producers get new memory: 8 times in a burst, then every 5 s; and how much: 400 MiB in a
/// burst, then 80 MiB a second, because allocating it takes time. Pure; one thread.
class SizeLimit {
 public:
  /// Whether memory for these frames may be allocated now. False: try again later.
  [[nodiscard]] bool take(TimePoint now, const ProducerFrames& frames) {
    if (!has_time_) has_time_ = times_.take(now);
    if (!has_time_ || !memory_.take(now, units(frames))) return false;
    has_time_ = false;
    return true;
  }

 private:
  /// The memory of these frames in units of 4 MiB; at most 95.
  [[nodiscard]] static int units(const ProducerFrames& frames) {
    return static_cast<int>(kFrameSlots * slot_layout(frames).bytes / (4U << 20U)) + 1;
  }

  TokenBucket times_{8, std::chrono::seconds(5)};
  TokenBucket memory_{100, std::chrono::milliseconds(50)};
  bool has_time_ = false;  // a token of times_, for the next memory
};

}  // namespace cs

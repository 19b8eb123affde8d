// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "cubestream/clock.hpp"

namespace cs {

/// One encoded picture, complete (H.264: byte-stream, SPS and PPS before each keyframe). Cheap to copy, never changed
/// after it was made; `owner` keeps `data` alive. Any thread.
struct AccessUnit {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> data;
  TimePoint captured_at;  ///< when drawing of the picture began
  bool keyframe = false;
};

/// Takes access units: the fan-out, and behind it each viewer. Called on the encoder's streaming thread, one call at
/// a time.
class AccessUnitSink {
 public:
  virtual ~AccessUnitSink() = default;

  /// Must not block. False says "full": this unit was not taken, and the sink wants none before the next keyframe.
  [[nodiscard]] virtual bool push(const AccessUnit& unit) = 0;
};

}  // namespace cs

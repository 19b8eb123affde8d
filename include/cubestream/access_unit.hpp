// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "cubestream/clock.hpp"

namespace cs {

/// One complete encoded frame (H.264: byte-stream, with SPS and PPS before each keyframe). Cheap to copy and immutable;
/// `owner` keeps `data` and `parts` alive. Any thread.
struct AccessUnit {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> data;
  /// The units for the packetizer: the NAL units of H.264, without start codes; the whole frame of VP8.
  std::span<const std::span<const std::byte>> parts;
  TimePoint captured_at;  ///< when rendering of the frame began
  bool keyframe = false;
};

/// Receives the output of an encoder: the fan-out. Called on the encoder's streaming thread, never concurrently.
using AccessUnitOutput = std::function<void(const AccessUnit&)>;

/// Receives access units from the fan-out: a viewer, a recorder, a publisher. Always called on the same fan-out thread.
class AccessUnitSink {
 public:
  virtual ~AccessUnitSink() = default;

  /// Whether the sink accepts another unit. While it does not, the fan-out drops its units, and then resumes at the
  /// next keyframe.
  [[nodiscard]] virtual bool has_room() = 0;

  /// Must not block.
  virtual void push(const AccessUnit& unit) = 0;

  /// Reports how many units the sink missed because it, or the queue before it, was full. For counters.
  virtual void skip(std::int64_t /*units*/) {}
};

}  // namespace cs

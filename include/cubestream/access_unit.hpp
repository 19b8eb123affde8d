// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "cubestream/clock.hpp"

namespace cs {

/// One encoded picture, complete (H.264: byte-stream, SPS and PPS before each keyframe). Cheap to copy, never changed
/// after it was made; `owner` keeps `data` and `parts` alive. Any thread.
struct AccessUnit {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> data;
  /// What of it a packetizer keeps apart: the NAL units of H.264, without start codes; the frame of VP8.
  std::span<const std::span<const std::byte>> parts;
  TimePoint captured_at;  ///< when drawing of the picture began
  bool keyframe = false;
};

/// Where an encoder puts what it made: the fan-out. Called on the encoder's streaming thread, never two calls at once.
using AccessUnitOutput = std::function<void(const AccessUnit&)>;

/// Takes access units from the fan-out: a viewer, a recorder, a publisher. Called on one of the fan-out's threads,
/// always the same.
class AccessUnitSink {
 public:
  virtual ~AccessUnitSink() = default;

  /// Whether there is room for one more. While there is not, the sink gets nothing, and afterwards nothing before the
  /// next keyframe.
  [[nodiscard]] virtual bool has_room() = 0;

  /// Must not block.
  virtual void push(const AccessUnit& unit) = 0;

  /// So many units did not come, since there was no room for them, here or on the way; for who counts them.
  virtual void skip(std::int64_t /*units*/) {}
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>

#include "base/loop.hpp"
#include "cubestream/access_unit.hpp"
#include "cubestream/stream.hpp"
#include "gst/pipeline.hpp"

namespace cs {

/// Access units in, one MP4 file out: `appsrc ! h264parse ! mp4mux` and a pad that takes the bytes. While it grows the
/// file is in fragments, each of which can be played as soon as it is written; at the end it becomes an ordinary one
/// with a single index. Muxing and writing happen on a thread of its own, "record:src". Built and destroyed on the main
/// thread; has_room() and push() belong to whoever feeds it.
class Mux {
 public:
  struct Handlers {
    /// Bytes for that place; they go on at the end, but for a few words of what is there already. Whether they can be
    /// kept is not the muxer's affair: it is destroyed where not. On the muxer's thread.
    std::function<void(std::uint64_t offset, std::span<const std::byte> bytes)> write;
    /// Everything was written. On the main thread, where it may destroy the muxer.
    std::function<void()> on_end;
    /// It cannot go on. On the main thread, where it may destroy the muxer.
    std::function<void(const std::string& what)> on_error;
  };

  /// Throws StartupError.
  Mux(const std::string& owner, const Stream& stream, Handlers handlers, Loop& loop);
  ~Mux();
  Mux(const Mux&) = delete;
  Mux& operator=(const Mux&) = delete;

  /// Whether it is no further behind than it may be.
  [[nodiscard]] bool has_room() const;

  /// A unit; the first one must be a keyframe. Never blocks.
  void push(const AccessUnit& unit);

  /// No more units: the file is completed in the background, and on_end follows. Any thread, once.
  void finish();

  /// Waits for that; false when it takes longer. For when the main loop does not run any more.
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds timeout) const;

 private:
  struct Drain;

  void settle();

  const std::shared_ptr<Drain> drain_;  // shared with jobs on their way to the main loop
  const std::future<void> ended_;
  Ref<GstPad> pad_;
  Pipeline pipeline_;   // before the pad and what that calls are gone
  GstElement* source_;  // owned by the pipeline
  GstElement* muxer_;   // likewise
  TimePoint first_;     // of the units, once there was one
  bool begun_ = false;
};

}  // namespace cs

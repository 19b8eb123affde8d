// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "cubestream/access_unit.hpp"
#include "cubestream/stream.hpp"
#include "gst/pipeline.hpp"
#include "loop/loop.hpp"

namespace cs {

/// Muxes access units into one MP4 file: `appsrc ! h264parse ! mp4mux` and a pad that takes the bytes. The file
/// consists of fragments while it grows, each playable as soon as it is written. At the end it becomes an ordinary file
/// with a single index. Muxes and writes on its own thread, "record:src". Main thread, except has_room() and push():
/// one feeding thread.
class Mux {
 public:
  /// Takes the file. No call comes after the muxer's destructor.
  class Output {
   public:
    virtual ~Output() = default;
    /// Writes bytes at `offset`: mostly at the end of the file, sometimes over earlier header fields. Reports no
    /// errors; on a write error the owner destroys the muxer. Muxer's thread.
    virtual void write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
    /// The file is complete. Main thread; may destroy the muxer.
    virtual void on_end() = 0;
    /// Muxing failed. Main thread; may destroy the muxer.
    virtual void on_error(const std::string& what) = 0;
  };

  /// `output` must outlive the muxer. Throws StartupError if the pipeline does not start.
  Mux(const std::string& owner, const Stream& stream, Output& output, Loop& loop);
  ~Mux();
  Mux(const Mux&) = delete;
  Mux& operator=(const Mux&) = delete;

  /// Whether the input queue is below its limit.
  [[nodiscard]] bool has_room() const;

  /// Queues an access unit. The first must be a keyframe. Never blocks.
  void push(const AccessUnit& unit);

  /// Ends the input: the file is completed in the background, then Output::on_end() is called. Call once; any thread.
  void finish();

  /// Waits until the file is complete; returns false on timeout. For shutdown, when the main loop no longer runs.
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds timeout) const;

 private:
  struct Drain;

  void settle();

  const std::shared_ptr<Drain> drain_;  // shared with jobs on their way to the main loop
  const std::future<void> ended_;
  Ref<GstPad> pad_;
  Pipeline pipeline_;               // destroyed before the pad and the Drain that the pad calls
  GstElement* source_;              // owned by the pipeline
  GstElement* muxer_;               // owned by the pipeline
  std::optional<TimePoint> first_;  // capture time of the first access unit
};

}  // namespace cs

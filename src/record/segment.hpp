// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>

#include "record/fragmented_mp4_file.hpp"
#include "record/mux.hpp"

namespace cs {

/// One file of a recording: a muxer, and the file that the store's disk thread writes. Constructor and destructor do
/// not wait for the disk. Main thread, except has_room(), push() and finish(): one feeding thread.
class Segment {
 public:
  /// All are called on the main thread and may destroy the segment.
  struct Handlers {
    std::function<void()> on_file;  ///< the file exists and its first frames can be played
    std::function<void()> on_end;   ///< the file is complete
    std::function<void(const StoreFailure&)> on_error;
  };

  /// Throws StartupError if the muxer does not start.
  Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Handlers handlers, Loop& loop,
          Metrics& metrics);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// Whether the queues of the muxer and of the disk thread are below their limits.
  [[nodiscard]] bool has_room() const { return mux_.has_room() && writer_->waiting < kMaxWaiting; }
  void push(const AccessUnit& unit);
  void finish() { mux_.finish(); }
  /// Waits until the file is complete; returns false on timeout. For shutdown, when the main loop no longer runs.
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds timeout);

  /// Name and size of the file in bytes. Any thread.
  [[nodiscard]] std::string name() const { return writer_->file.name(); }
  [[nodiscard]] std::uint64_t bytes() const { return writer_->file.bytes(); }

 private:
  static constexpr std::size_t kMaxWaiting = std::size_t{16} << 20U;  // bytes: many seconds of a usual stream

  /// State shared by the segment, the disk thread and jobs posted to the main loop.
  struct Writer {
    Writer(Store& store, FileKind kind, Handlers those, Metrics& metrics)
        : file(store, kind, metrics), handlers(std::move(those)) {}
    FragmentedMp4File file;
    const Handlers handlers;
    bool is_there = false;  // disk thread only: on_file was posted
    bool is_gone = false;   // main thread only: the segment was destroyed, so call no handler
    std::atomic<bool> has_failed = false;
    std::atomic<std::size_t> waiting = 0;  // bytes queued for the disk thread
    std::promise<void> closed;
  };
  static void write(const std::shared_ptr<Writer>& writer, Loop& loop, std::uint64_t offset,
                    std::span<const std::byte> bytes);
  void close();

  DiskThread& disk_;
  Loop& loop_;
  std::shared_ptr<Writer> writer_;
  const std::future<void> closed_;
  bool is_closing_ = false;
  Mux mux_;
  bool begun_ = false;
};

}  // namespace cs

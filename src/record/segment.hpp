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

/// One file of a recording, from its first unit to its end: a muxer, and the file that the store's disk thread writes.
/// Built and destroyed on the main thread, neither of which waits for the disk; has_room(), push() and finish() belong
/// to whoever feeds it.
class Segment {
 public:
  /// All on the main thread, where they may destroy the segment.
  struct Handlers {
    std::function<void()> on_file;  ///< the file is there, and its first pictures can be played
    std::function<void()> on_end;
    std::function<void(const StoreFailure&)> on_error;
  };

  /// Throws StartupError.
  Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Handlers handlers, Loop& loop,
          Metrics& metrics);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  /// Whether the muxer and the disk are no further behind than they may be.
  [[nodiscard]] bool has_room() const { return mux_.has_room() && writer_->waiting < kMaxWaiting; }
  void push(const AccessUnit& unit);
  void finish() { mux_.finish(); }
  /// Waits until the file is complete; false when it takes longer. For when the main loop does not run any more.
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds timeout);

  /// Of the file. Any thread.
  [[nodiscard]] std::string name() const { return writer_->file.name(); }
  [[nodiscard]] std::uint64_t bytes() const { return writer_->file.bytes(); }

 private:
  static constexpr std::size_t kMaxWaiting = std::size_t{16} << 20U;  // bytes, many seconds of the usual stream

  /// What the disk thread has; jobs on their way to the main loop share it.
  struct Writer {
    Writer(Store& store, FileKind kind, Handlers those, Metrics& metrics)
        : file(store, kind, metrics), handlers(std::move(those)) {}
    FragmentedMp4File file;
    const Handlers handlers;
    bool is_there = false;  // the disk thread's
    bool is_gone = false;   // main thread: no handler is called any more
    std::atomic<bool> has_failed = false;
    std::atomic<std::size_t> waiting = 0;  // bytes that the disk thread has not come to
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

// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "record/growing_file.hpp"
#include "record/mux.hpp"

namespace cs {

/// One file of a recording, from its first unit to its end: a muxer and the file that it writes. Built and destroyed on
/// the main thread; has_room(), push() and finish() belong to whoever feeds it.
class Segment {
 public:
  /// All on the main thread, where they may destroy the segment.
  struct Handlers {
    std::function<void()> on_file;  ///< the file is there, and its first pictures can be played
    std::function<void()> on_end;
    std::function<void(const StoreFailure&)> on_error;
  };

  /// Throws Fatal.
  Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Handlers handlers, Loop& loop,
          Metrics& metrics);
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  [[nodiscard]] bool has_room() const { return mux_.has_room(); }
  void push(const AccessUnit& unit);
  void finish() { mux_.finish(); }
  [[nodiscard]] bool wait_for_end(std::chrono::milliseconds patience) const { return mux_.wait_for_end(patience); }

  /// Of the file. Any thread.
  [[nodiscard]] std::string name() const { return writer_->file.name(); }
  [[nodiscard]] std::uint64_t bytes() const { return writer_->file.bytes(); }

 private:
  /// What the muxer's thread has; jobs on their way to the main loop share it.
  struct Writer {
    Writer(Store& store, FileKind kind, Handlers those, Metrics& metrics)
        : file(store, kind, metrics), handlers(std::move(those)) {}
    GrowingFile file;
    const Handlers handlers;
    bool is_there = false;  // the muxer's thread
    std::atomic<bool> has_failed = false;
  };
  static void write(const std::shared_ptr<Writer>& writer, Loop& loop, std::uint64_t offset,
                    std::span<const std::byte> bytes);

  const std::shared_ptr<Writer> writer_;
  Mux mux_;
  bool begun_ = false;
};

}  // namespace cs

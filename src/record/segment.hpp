// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>

#include "record/fragmented_mp4_file.hpp"
#include "record/mux.hpp"

namespace cs {

/// One file of a recording: a muxer, and the file that the store's disk thread writes. Constructor and destructor do
/// not wait for the disk. Main thread, except has_room(), push() and finish(): one feeding thread.
class Segment final : Mux::Output {
 public:
  /// Follows a segment. All are called on the main thread, not after the segment's destructor, and may destroy it.
  class Observer {
   public:
    virtual ~Observer() = default;
    /// The file exists and its first frames can be played.
    virtual void on_file(Segment& /*segment*/) {}
    /// The file is complete.
    virtual void on_end(Segment& segment) = 0;
    /// The file cannot be written.
    virtual void on_error(Segment& segment, const StoreFailure& failure) = 0;
  };

  /// All references must outlive the segment. Throws StartupError if the muxer does not start.
  Segment(const std::string& owner, FileKind kind, const Stream& stream, Store& store, Observer& observer, Loop& loop,
          Metrics& metrics);
  ~Segment() override;
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
    Writer(Store& store, FileKind kind, Metrics& metrics, Segment& owner)
        : file(store, kind, metrics), segment(&owner) {}
    FragmentedMp4File file;
    Segment* segment;       // main thread only; null: destroyed, so call no observer
    bool is_there = false;  // disk thread only: on_file was posted
    std::atomic<bool> has_failed = false;
    std::atomic<std::size_t> waiting = 0;  // bytes queued for the disk thread
    std::promise<void> closed;
  };
  static void write_file(const std::shared_ptr<Writer>& writer, Loop& loop, std::uint64_t offset,
                         std::span<const std::byte> bytes);
  void close();

  void write(std::uint64_t offset, std::span<const std::byte> bytes) override;
  void on_end() override { close(); }
  void on_error(const std::string& what) override;

  DiskThread& disk_;
  Observer& observer_;
  Loop& loop_;
  const std::shared_ptr<Writer> writer_;
  const std::future<void> closed_;
  bool is_closing_ = false;
  bool begun_ = false;
  Mux mux_;  // last member: its thread uses all others
};

}  // namespace cs

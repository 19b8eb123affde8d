// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "record/store.hpp"

namespace cs {

/// One MP4 file while it is being written. Passes the muxer's output to the kernel at once, so that it survives a crash
/// of the process. Creates the file at the first write. On an error, truncates it to the playable part, or removes it
/// if there is none. Disk thread only; name() and bytes(): any thread.
class FragmentedMp4File {
 public:
  FragmentedMp4File(Store& store, FileKind kind, Metrics& metrics);
  ~FragmentedMp4File();
  FragmentedMp4File(const FragmentedMp4File&) = delete;
  FragmentedMp4File& operator=(const FragmentedMp4File&) = delete;

  /// Sets the render time of the first frame. Call it before the first write().
  void set_start(std::chrono::system_clock::time_point start) { start_ = start; }

  /// Writes bytes at `offset`. Returns the reason on failure; every later call fails too.
  [[nodiscard]] std::optional<StoreFailure> write(std::uint64_t offset, std::span<const std::byte> bytes);

  /// Whether the file holds frames that can be played.
  [[nodiscard]] bool is_playable() const { return playable_ != 0; }

  /// Closes the file; later writes fail. The store may delete it from now on.
  void close();

  /// Returns the file name; empty before the first write.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::uint64_t bytes() const { return size_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] std::optional<StoreFailure> open();
  [[nodiscard]] int put(std::uint64_t offset, std::span<const std::byte> bytes);
  [[nodiscard]] std::optional<StoreFailure> give_up(int error);

  Store& store_;
  const FileKind kind_;
  Metric& bytes_;
  Metric& files_;
  std::chrono::system_clock::time_point start_;
  Fd fd_;
  bool failed_ = false;
  std::uint64_t playable_ = 0;  // bytes
  std::atomic<std::uint64_t> size_ = 0;

  mutable std::mutex mutex_;
  std::string name_;  // guarded by mutex_
};

/// Whether these bytes are an MP4 index (ISO/IEC 14496-12: "moov", "moof"), which makes the data before it playable.
[[nodiscard]] bool is_index(std::span<const std::byte> bytes);

}  // namespace cs

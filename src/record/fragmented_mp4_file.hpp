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

/// One MP4 file as it is written. What a muxer puts out goes to the kernel at once, so that it outlives this process
/// whatever ends it. The file is made with the first byte; when it cannot go on it is cut back to what can be played,
/// and removed when that is nothing. write(), close() and the end are the disk thread's; name() and bytes() any
/// thread's.
class FragmentedMp4File {
 public:
  FragmentedMp4File(Store& store, FileKind kind, Metrics& metrics);
  ~FragmentedMp4File();
  FragmentedMp4File(const FragmentedMp4File&) = delete;
  FragmentedMp4File& operator=(const FragmentedMp4File&) = delete;

  /// When the first picture was drawn; before the first write.
  void set_start(std::chrono::system_clock::time_point start) { start_ = start; }

  /// Puts bytes there; the reason when that cannot be, after which nothing more is written.
  [[nodiscard]] std::optional<StoreFailure> write(std::uint64_t offset, std::span<const std::byte> bytes);

  /// Whether pictures are in it that outlive this process.
  [[nodiscard]] bool is_playable() const { return playable_ != 0; }

  /// Nothing comes any more: gives the file free.
  void close();

  /// Empty before the first byte.
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

/// Whether these bytes are an MP4 index (ISO/IEC 14496-12: "moov", "moof"), which makes what is before them playable.
[[nodiscard]] bool is_index(std::span<const std::byte> bytes);

}  // namespace cs

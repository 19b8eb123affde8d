// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <variant>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "log/log.hpp"
#include "loop/disk_thread.hpp"
#include "record/file_name.hpp"

namespace cs {

/// Reason why a file cannot be written.
struct StoreFailure {
  int error = 0;         ///< errno
  std::string sentence;  ///< what failed, on which path, the reason and the remedy
};

/// The recording directory. Creates files, and deletes the oldest recordings when their total size exceeds the limit.
/// The calls block on the disk: disk thread only; config(), failure() and disk(): any thread.
class Store {
 public:
  struct Config {
    std::string directory;
    std::uint64_t max_bytes;
  };
  struct NewFile {
    Fd fd;
    std::string name;
  };

  Store(Config config, Metrics& metrics);

  /// Creates a file named after its start. It is locked and not deleted before done().
  [[nodiscard]] std::variant<NewFile, StoreFailure> create(FileKind kind, std::chrono::system_clock::time_point start);

  /// A file has grown by `bytes`. Deletes old files if the total exceeds the limit.
  void grown(std::uint64_t bytes);

  /// Writing of this file has ended; it may be deleted from now on.
  void done(const std::string& name);

  /// Deletes a file that holds nothing playable.
  void remove(const std::string& name);

  /// Describes why a file cannot be written. `name`: empty for the directory; `error`: errno.
  [[nodiscard]] StoreFailure failure(const std::string& name, int error) const;

  [[nodiscard]] const Config& config() const { return config_; }

  /// The thread on which all operations on this directory run.
  [[nodiscard]] DiskThread& disk() { return disk_; }

 private:
  void delete_oldest();
  [[nodiscard]] bool delete_unless_locked(const std::string& name) const;

  const Config config_;
  const Log log_;
  Metric& deleted_;

  // Disk thread only.
  std::set<std::string> writing_;
  std::uint64_t total_ = 0;  // size of all recorded files in bytes, as last counted

  DiskThread disk_{"disk"};  // last member: its jobs use all others
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <variant>

#include "base/disk_thread.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "record/file_name.hpp"

namespace cs {

/// Why a file cannot be written.
struct StoreFailure {
  int error = 0;         ///< errno
  std::string sentence;  ///< what, where, why, and the way out
};

/// The directory of the recordings: makes files, and deletes the oldest of ours when all together become too large. Its
/// calls wait for the disk, so they are the disk thread's; config(), failure() and disk() any thread's.
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

  /// A new file, named after its start, that nobody deletes before done().
  [[nodiscard]] std::variant<NewFile, StoreFailure> create(FileKind kind, std::chrono::system_clock::time_point start);

  /// A file has become larger by so much.
  void grown(std::uint64_t bytes);

  /// It is not written any more.
  void done(const std::string& name);

  /// It holds nothing.
  void remove(const std::string& name);

  /// What to say when the file of that name cannot be written; empty for the directory.
  [[nodiscard]] StoreFailure failure(const std::string& name, int error) const;

  [[nodiscard]] const Config& config() const { return config_; }

  /// Where all that is done with files of this directory runs.
  [[nodiscard]] DiskThread& disk() { return disk_; }

 private:
  void look_and_delete();
  [[nodiscard]] bool delete_unless_locked(const std::string& name) const;

  const Config config_;
  const Log log_;
  Metric& deleted_;

  // The disk thread's.
  std::set<std::string> writing_;
  std::uint64_t total_ = 0;  // bytes of all our files, as far as known

  DiskThread disk_{"disk"};  // last: its jobs use all of this
};

}  // namespace cs

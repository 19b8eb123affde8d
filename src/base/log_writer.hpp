// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/metrics.hpp"

namespace cs {

/// Writes lines to a descriptor from a thread of its own, "log", so that a reader that stops, or a disk that hangs,
/// blocks no other thread. Lines beyond the limits are dropped and counted; a line reports how many once there is room
/// again. Any thread.
class LogWriter {
 public:
  struct Limits {
    std::size_t lines = 4096;
    std::size_t bytes = std::size_t{4} << 20U;
    std::chrono::milliseconds flush{500};  ///< what is queued at the end has that long
  };

  /// `fd` must stay open. `lost_line(count)` makes the line that says how many were dropped. Throws std::system_error
  /// when there is no thread to be had.
  LogWriter(int fd, std::string (*lost_line)(std::int64_t count), const Limits& limits);
  /// Waits for the lines that are queued, for Limits::flush at most. A thread that is stuck in write(2) after that is
  /// left behind, as nothing can end it; it touches nothing but its own queue.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Never blocks.
  void write(std::string line);

  /// Where dropped lines are counted, from now on; null: nowhere.
  void count_drops_in(Metric* counter);

 private:
  struct Queue;

  const std::shared_ptr<Queue> queue_;  // shared with the thread
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/metrics.hpp"

namespace cs {

/// Writes lines to a descriptor on its own thread, "log", so that a stopped reader or a hanging disk blocks no other
/// thread. Lines beyond the limits are dropped and counted. When there is room again, a line reports the number of
/// dropped lines. Any thread.
class LogWriter {
 public:
  struct Limits {
    std::size_t lines = 4096;
    std::size_t bytes = std::size_t{4} << 20U;
    std::chrono::milliseconds flush{500};  ///< time for the destructor to write queued lines
  };

  /// `fd` must stay open. `lost_line(count)` makes the line that reports dropped lines. Throws std::system_error if no
  /// thread can be created.
  LogWriter(int fd, std::string (*lost_line)(std::int64_t count), const Limits& limits);
  /// Waits for the queued lines, for Limits::flush at most. A thread that still hangs in write(2) is abandoned, because
  /// nothing can end it; it touches only its own queue.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Never blocks.
  void write(std::string line);

  /// Sets the metric that counts dropped lines; null: none.
  void count_drops_in(Metric* counter);

 private:
  struct Queue;

  const std::shared_ptr<Queue> queue_;  // shared with the thread
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/metrics.hpp"
#include "log/log.hpp"
#include "loop/disk_thread.hpp"
#include "loop/loop.hpp"
#include "record/store.hpp"

namespace cs {

inline const StoreFailure kDiskHangs = {ETIMEDOUT, "the disk of CS_RECORD_DIR does not answer"};

/// Logs and counts, while files are open, that the disk hangs or is too slow. A disk that hangs does not end a
/// recording: access units are buffered up to a limit. Main thread only.
class DiskMonitor {
 public:
  /// `hang`: the disk hangs if an operation takes this long. `on_change`: hangs() has changed. The references must
  /// outlive the monitor.
  DiskMonitor(const DiskThread& disk, std::chrono::milliseconds hang, Metrics& metrics,
              std::function<void()> on_change);

  /// Sets whether files are open.
  void watch(bool files_open);

  /// False while no file is open.
  [[nodiscard]] bool hangs() const { return hangs_; }

 private:
  void check_hang();
  void check_losses();

  const DiskThread& disk_;
  const std::chrono::milliseconds hang_;
  const std::function<void()> on_change_;
  const Log log_;
  Metric& errors_;
  Metric& skipped_;

  bool hangs_ = false;
  std::int64_t skips_seen_ = 0;
  std::unique_ptr<Timer> hang_timer_;
  std::unique_ptr<Timer> loss_timer_;
};

}  // namespace cs

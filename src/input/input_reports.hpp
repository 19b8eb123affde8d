// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/input_batch.hpp"

namespace cs {

/// Follows batches of input from the frame that shows them to the encoder of that frame, and keeps a report of each
/// until it is taken. A frame that no encoder takes passes its batches on to the next one. Bounded: when full, the
/// oldest is lost and counted. Any thread; the mutexes are held briefly.
class InputReports {
 public:
  static constexpr std::size_t kMost = 256;

  /// `metrics` must outlive it.
  explicit InputReports(Metrics& metrics);

  /// Sets the function that is called when there are new reports. Empty: none. Waits for a call in progress.
  void set_wake(std::function<void()> wake);

  /// A frame that shows these batches was drawn. Call it before the frame goes to the encoders.
  void drawn(TimePoint captured_at, TimePoint applied_at, TimePoint drawn_at, const std::vector<InputBatchId>& batches);

  /// A frame was encoded. Call it for each access unit of each stream.
  void encoded(TimePoint captured_at);

  /// Takes the reports.
  [[nodiscard]] std::vector<AppliedBatch> take();

 private:
  void add(std::deque<AppliedBatch>& to, const AppliedBatch& batch);

  Histogram& wait_;
  Histogram& total_;
  Metric& lost_;

  std::mutex mutex_;
  std::deque<AppliedBatch> drawn_;    // guarded by mutex_; in order of captured_at
  std::deque<AppliedBatch> encoded_;  // guarded by mutex_

  std::mutex wake_mutex_;
  std::function<void()> wake_;  // guarded by wake_mutex_
};

}  // namespace cs

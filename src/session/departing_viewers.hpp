// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>

#include "base/metrics.hpp"
#include "loop/loop.hpp"
#include "process/memory_trim.hpp"
#include "session/departures.hpp"
#include "session/viewer.hpp"

namespace cs {

/// Closed viewers whose webrtcbin has not finished. They still hold threads and descriptors. Main thread only.
class DepartingViewers {
 public:
  /// `within` is the time limit for webrtcbin to finish.
  DepartingViewers(std::chrono::milliseconds within, Metrics& metrics);
  /// Iterates the main loop, which no longer runs, for a moment: it brings the last results of webrtcbin.
  ~DepartingViewers();
  DepartingViewers(const DepartingViewers&) = delete;
  DepartingViewers& operator=(const DepartingViewers&) = delete;

  /// Closes the viewer, and destroys it as soon as it can be.
  void add(std::unique_ptr<Viewer> viewer);
  [[nodiscard]] std::size_t size() const { return departures_.size(); }

  /// Destroys those that are closed, at the next turn of the main loop: this may be called from inside one of them.
  void sweep_soon();

 private:
  void sweep();

  Departures<Viewer> departures_;
  std::unique_ptr<Timer> soon_;
  std::unique_ptr<Timer> late_;  // while there are viewers
  MemoryTrim memory_trim_;
};

}  // namespace cs

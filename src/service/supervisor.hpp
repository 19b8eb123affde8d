// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "service/stall_detector.hpp"

namespace cs {

/// The status line for `systemctl status`, such as "3 viewers, H264 by x264enc, 1280x720 at 30, llvmpipe". Pure.
[[nodiscard]] std::string status_line(const Metrics& metrics, const FrameFormat& format);

/// Time limits of the Supervisor. With a systemd watchdog, `silence` is three quarters of its period, and `look_every`
/// at most a quarter.
struct SupervisorTimeouts {
  /// A heartbeat that is silent for longer is stalled. One frame of 7680x4320 takes a second on two busy cores.
  Clock::duration silence = std::chrono::seconds(4);
  std::chrono::milliseconds look_every{500};  ///< interval between two checks of the heartbeats
};

/// Monitors the heartbeats and notifies systemd: READY on construction, STOPPING on destruction, and WATCHDOG while no
/// heartbeat is stalled, including that of the main loop. Stalls are logged, also without systemd. The checks run in a
/// separate thread, "watchdog", so that it can still name a stalled thread. Main thread only.
class Supervisor {
 public:
  Supervisor(std::function<FrameFormat()> format, Metrics& metrics, const SupervisorTimeouts& timeouts = {});
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

 private:
  Supervisor(std::function<FrameFormat()> format, Metrics& metrics, const SupervisorTimeouts& timeouts,
             std::optional<Clock::duration> watchdog);
  void check_heartbeats();

  const SupervisorTimeouts timeouts_;
  const std::function<FrameFormat()> format_;
  Metrics& metrics_;
  const bool is_watched_;
  Log log_;
  // Watchdog thread only.
  StallDetector stalls_;
  std::string last_status_;  // sent as STATUS=
  // Main thread only.
  Heartbeat& main_;
  Timer tick_;
  std::jthread thread_;
};

}  // namespace cs

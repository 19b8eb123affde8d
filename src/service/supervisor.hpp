// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/frame_format.hpp"
#include "service/stall_detector.hpp"

namespace cs {

/// What the service says of itself in `systemctl status`, such as "3 viewers, H264 by x264enc, 1280x720 at 30,
/// llvmpipe". Pure.
[[nodiscard]] std::string status_line(const Metrics& metrics, const FrameFormat& format);

/// Time limits of the Supervisor. The defaults are those of production. Under systemd's watchdog `silence` is three
/// quarters of its period, and `look_every` at most a quarter.
struct SupervisorTimeouts {
  /// A heartbeat that is silent for longer stands still. One picture of 7680x4320 takes a second on two busy cores.
  Clock::duration silence = std::chrono::seconds(4);
  std::chrono::milliseconds look_every{500};  ///< from one look at the heartbeats to the next
};

/// Looks after the heartbeats, and speaks with systemd: from its building on the service is ready, at its end it is
/// stopping, and while every heartbeat beats, the main loop's included, the watchdog is fed. Without systemd only the
/// log hears of a heartbeat that stands still. It looks from a thread of its own, "watchdog", so that somebody can
/// still say which thread the others wait for. Main thread only.
class Supervisor {
 public:
  Supervisor(const FrameFormat& format, Metrics& metrics, const SupervisorTimeouts& timeouts = {});
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

 private:
  Supervisor(const FrameFormat& format, Metrics& metrics, const SupervisorTimeouts& timeouts,
             std::optional<Clock::duration> watchdog);
  void look();

  const SupervisorTimeouts timeouts_;
  const FrameFormat format_;
  Metrics& metrics_;
  const bool is_watched_;
  Log log_;
  // The watchdog thread's.
  StallDetector stalls_;
  std::string told_;  // the last STATUS=
  // The main thread's.
  Heartbeat& main_;
  Timer tick_;
  std::jthread thread_;
};

}  // namespace cs

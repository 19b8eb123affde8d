// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/picture.hpp"
#include "service/vigil.hpp"

namespace cs {

/// What the service says of itself in `systemctl status`, such as "3 viewers, H264 by x264enc, 1280x720 at 30,
/// llvmpipe". Pure.
[[nodiscard]] std::string status_line(std::int64_t viewers, const std::map<std::string, std::string>& facts,
                                      const PictureFormat& format);

/// Looks after the hearts, and speaks with systemd: from its building on the service is ready, at its end it is
/// stopping, and while every heart beats the watchdog is fed. That happens on the main loop, so a main thread that
/// stands still is not fed either. Without systemd only the log hears of a heart that stands still. Main thread only.
class Supervisor {
 public:
  Supervisor(const PictureFormat& format, Metrics& metrics);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

 private:
  explicit Supervisor(const PictureFormat& format, Metrics& metrics, std::optional<Clock::duration> watchdog);
  void look();

  const PictureFormat format_;
  Metrics& metrics_;
  const bool is_watched_;
  Log log_;
  Vigil vigil_;
  std::string told_;  // the last STATUS=
  Timer timer_;
};

}  // namespace cs

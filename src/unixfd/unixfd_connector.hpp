// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/fd.hpp"
#include "cubestream/clock.hpp"
#include "log/log.hpp"

namespace cs {

/// Connects to the socket of GStreamer's unixfdsink, which listens: tries again and again while nothing is there.
/// Removes the socket of one that was killed, because the next one could not start. Never blocks. Source thread only;
/// built on any.
class UnixFdConnector {
 public:
  struct Config {
    std::string path;  ///< of the socket
    Clock::duration try_every = std::chrono::milliseconds(500);
    Clock::duration after_broken = std::chrono::seconds(5);  ///< after a broken protocol
  };

  /// Throws StartupError if the path is no possible address.
  explicit UnixFdConnector(Config config);

  /// A connected socket; without a descriptor: nothing is there, or it is not due yet. What is wrong, other than that
  /// nothing is there, is logged once.
  [[nodiscard]] Fd connect(TimePoint now);

  /// When to call connect() next.
  [[nodiscard]] TimePoint due() const { return due_; }

  /// The connection has ended at `now`. After a broken protocol the next one is tried later.
  void ended(TimePoint now, bool is_broken);

 private:
  void remove_if_dead();

  const Config config_;
  const Log log_;
  TimePoint due_;
  int told_ = 0;            // the error that was logged last
  std::uint64_t dead_ = 0;  // inode of a socket without a listener; 0: none
};

}  // namespace cs

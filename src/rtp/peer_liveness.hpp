// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Detects from the packets of a peer whether it is alive. The packets are not authenticated here, so a DTLS alert
/// counts as a close only when silence follows. Any thread.
class PeerLiveness {
 public:
  /// A packet arrived. `first_byte` is its type (RFC 7983). A DTLS alert in an established session announces a close.
  void tick(std::uint8_t first_byte, TimePoint now) {
    constexpr std::uint8_t alert = 21;
    if (first_byte == alert) return goodbye_.store(true, std::memory_order_relaxed);
    heard_at_.store(now, std::memory_order_relaxed);
    goodbye_.store(false, std::memory_order_relaxed);
  }

  enum class Life { alive, closed, vanished };

  /// `silence` is the time without packets after which the peer is considered vanished.
  [[nodiscard]] Life judge(TimePoint now, std::chrono::milliseconds silence) const {
    const auto silent = now - heard_at_.load(std::memory_order_relaxed);
    if (goodbye_.load(std::memory_order_relaxed) && silent > kAfterGoodbye) return Life::closed;
    return silent > silence ? Life::vanished : Life::alive;
  }

 private:
  static constexpr std::chrono::seconds kAfterGoodbye{2};  // browsers send a report every second

  std::atomic<TimePoint> heard_at_ = Clock::now();
  std::atomic<bool> goodbye_ = false;
};

}  // namespace cs

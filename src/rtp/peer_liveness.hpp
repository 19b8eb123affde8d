// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// What a peer's packets say of its life. Their sender is known by its address alone, so that a goodbye counts only
/// when silence follows. Any thread.
class PeerLiveness {
 public:
  /// A packet came; `first_byte` tells what it is (RFC 7983): of an encrypted session, a DTLS alert is a goodbye.
  void tick(std::uint8_t first_byte, TimePoint now) {
    constexpr std::uint8_t alert = 21;
    if (first_byte == alert) return goodbye_.store(true, std::memory_order_relaxed);
    heard_at_.store(now, std::memory_order_relaxed);
    goodbye_.store(false, std::memory_order_relaxed);
  }

  enum class Life { alive, closed, vanished };

  /// `silence`: how long one may say nothing that is there.
  [[nodiscard]] Life judge(TimePoint now, std::chrono::milliseconds silence) const {
    const auto silent = now - heard_at_.load(std::memory_order_relaxed);
    if (goodbye_.load(std::memory_order_relaxed) && silent > kAfterGoodbye) return Life::closed;
    return silent > silence ? Life::vanished : Life::alive;
  }

 private:
  static constexpr std::chrono::seconds kAfterGoodbye{2};  // browsers report each second

  std::atomic<TimePoint> heard_at_ = Clock::now();
  std::atomic<bool> goodbye_ = false;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"

namespace cs {

/// Limits the keyframe requests of a peer (PLI, FIR: RFC 4585, RFC 5104) before they reach the encoder. A request
/// within 300 ms after a keyframe was sent is ignored, because that keyframe is still on its way. Other requests are
/// limited by a token bucket. Any thread.
class KeyframeRequestLimit {
 public:
  KeyframeRequestLimit(std::function<void()> pass_on, Metrics& metrics)
      : pass_on_(std::move(pass_on)), refused_(metrics.get("keyframe_requests_refused_total")) {}

  /// The peer requested a keyframe.
  void ask(TimePoint now) {
    if (now - sent_at_.load(std::memory_order_relaxed) < kOnItsWay) return;
    {
      const std::lock_guard lock(mutex_);
      if (!budget_.take(now)) return refused_.add();
    }
    pass_on_();
  }

  /// A keyframe was sent to the peer.
  void sent(TimePoint now) { sent_at_.store(now, std::memory_order_relaxed); }

 private:
  static constexpr std::chrono::milliseconds kOnItsWay{300};

  const std::function<void()> pass_on_;
  Metric& refused_;
  std::atomic<TimePoint> sent_at_ = TimePoint{};  // far in the past: the clock starts at boot

  std::mutex mutex_;
  // A viewer that joins or loses packets may need several at once. Each keyframe costs all viewers video quality.
  TokenBucket budget_{3, std::chrono::seconds(2)};  // guarded by mutex_
};

}  // namespace cs

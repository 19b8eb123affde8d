// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"

namespace cs {

/// What of a peer's requests for keyframes (PLI, FIR: RFC 4585, RFC 5104) reaches the encoder: not those that the last
/// keyframe answers already, which was still on its way, and not more than the peer's budget. Any thread.
class KeyframeRequests {
 public:
  KeyframeRequests(std::function<void()> pass_on, Metrics& metrics)
      : pass_on_(std::move(pass_on)), refused_(metrics.get("keyframe_requests_refused_total")) {}

  /// The peer asks.
  void ask(TimePoint now) {
    if (now - sent_at_.load(std::memory_order_relaxed) < kOnItsWay) return;
    {
      const std::lock_guard lock(mutex_);
      if (!budget_.take(now)) return refused_.add();
    }
    pass_on_();
  }

  /// A keyframe went out to it.
  void sent(TimePoint now) { sent_at_.store(now, std::memory_order_relaxed); }

 private:
  static constexpr std::chrono::milliseconds kOnItsWay{300};

  const std::function<void()> pass_on_;
  Metric& refused_;
  std::atomic<TimePoint> sent_at_ = TimePoint{};  // long ago: the clock counts from the machine's start

  std::mutex mutex_;
  // A few at once, as one that joins or has lost packets needs them; each costs everybody picture quality.
  TokenBucket budget_{3, std::chrono::seconds(2)};  // guarded by mutex_
};

}  // namespace cs

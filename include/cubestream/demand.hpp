// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>

#include "cubestream/keyframes.hpp"

namespace cs {

/// What all sinks of a stream together want of the next picture: the one value that travels up the line. The fan-out
/// writes it, the encoder and the renderer read it. A hundred keyframe requests make one keyframe by construction, and
/// no sinks means no work.
class Demand {
 public:
  enum class Level {
    none,     ///< nobody is here: no encoder exists
    standby,  ///< somebody is on the way: the encoder stands ready, nothing is drawn
    live      ///< somebody watches: pictures are made
  };

  /// Hears of each change, on the main thread. Main thread only.
  void set_listener(std::function<void(Level)> listener) { listener_ = std::move(listener); }

  /// Main thread only.
  void set(Level level) {
    {
      const std::lock_guard lock(mutex_);
      if (level_ == level) return;
      level_ = level;
    }
    changed_.notify_all();
    if (listener_) listener_(level);
  }

  /// Any thread.
  [[nodiscard]] Level level() const {
    const std::lock_guard lock(mutex_);
    return level_;
  }

  /// Sleeps until somebody watches; false when `stop` or `patience` came first. Any thread.
  [[nodiscard]] bool wait_until_live(const std::stop_token& stop, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, stop, patience, [this] { return level_ == Level::live; }) && !stop.stop_requested();
  }

  /// Whether pictures are to carry a stamp (frame_stamp.hpp). Any thread.
  void want_stamp(bool wanted) { stamp_.store(wanted, std::memory_order_relaxed); }
  [[nodiscard]] bool stamp_wanted() const { return stamp_.load(std::memory_order_relaxed); }

  /// Any thread. Of several causes the first counts.
  void request_keyframe(KeyframeCause cause = KeyframeCause::request) {
    KeyframeCause none = KeyframeCause::none;
    keyframe_.compare_exchange_strong(none, cause, std::memory_order_relaxed);
  }

  [[nodiscard]] bool keyframe_requested() const { return keyframe_.load() != KeyframeCause::none; }

  /// Why; any thread, the encoder calls it when it makes the keyframe.
  KeyframeCause keyframe_granted() { return keyframe_.exchange(KeyframeCause::none, std::memory_order_relaxed); }

 private:
  std::function<void(Level)> listener_;  // main thread only

  std::atomic<KeyframeCause> keyframe_ = KeyframeCause::none;
  std::atomic<bool> stamp_ = false;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Level level_ = Level::none;  // guarded by mutex_
};

}  // namespace cs

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

/// The combined demand of all sinks of a stream, the only value that travels upstream. The fan-out writes it; the
/// encoder and the renderer read it. A hundred keyframe requests make one keyframe by construction, and no sinks means
/// no work.
class Demand {
 public:
  enum class Level {
    none,     ///< no sinks: no encoder exists
    standby,  ///< a viewer is connecting: the encoder is ready, nothing is rendered
    live      ///< at least one active viewer: frames are rendered
  };

  /// Sets the callback for changes of the level. Main thread only.
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

  /// Blocks until the level is live; false if `stop` or the `timeout` timeout came first. Any thread.
  [[nodiscard]] bool wait_until_live(const std::stop_token& stop, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, stop, timeout, [this] { return level_ == Level::live; }) && !stop.stop_requested();
  }

  /// Whether frames shall carry a stamp (frame_stamp.hpp). Any thread.
  void want_stamp(bool wanted) { stamp_.store(wanted, std::memory_order_relaxed); }
  [[nodiscard]] bool stamp_wanted() const { return stamp_.load(std::memory_order_relaxed); }

  /// Requests a keyframe. If one is already requested, its cause stays. Any thread.
  void request_keyframe(KeyframeCause cause = KeyframeCause::request) {
    KeyframeCause none = KeyframeCause::none;
    keyframe_.compare_exchange_strong(none, cause, std::memory_order_relaxed);
  }

  [[nodiscard]] bool keyframe_requested() const { return keyframe_.load() != KeyframeCause::none; }

  /// Clears the request and returns its cause. The encoder calls it when it makes the keyframe. Any thread.
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

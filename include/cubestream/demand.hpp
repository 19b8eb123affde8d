// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

namespace cs {

/// Minimum average time between two keyframes of a stream, however many are requested; two may follow each other
/// directly.
inline constexpr std::chrono::milliseconds kKeyframeInterval{500};

/// Why a keyframe is requested.
enum class KeyframeCause {
  none,
  start,     ///< an encoder starts
  newcomer,  ///< a new viewer
  gap,       ///< the server dropped access units of a viewer
  request    ///< a viewer requests it (PLI, FIR)
};

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
  void set_listener(std::function<void(Level)> listener);

  /// Main thread only.
  void set(Level level);

  /// Any thread.
  [[nodiscard]] Level level() const;

  /// Blocks until the level is live; false if `stop` or the timeout came first. Any thread.
  [[nodiscard]] bool wait_until_live(const std::stop_token& stop, std::chrono::milliseconds timeout);

  /// Whether frames shall carry a stamp (frame_stamp.hpp). Any thread.
  void want_stamp(bool wanted) { stamp_.store(wanted, std::memory_order_relaxed); }
  [[nodiscard]] bool stamp_wanted() const { return stamp_.load(std::memory_order_relaxed); }

  /// Requests a keyframe. If one is already requested, its cause stays. Any thread.
  void request_keyframe(KeyframeCause cause = KeyframeCause::request);

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

// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cubestream/access_unit.hpp"
#include "cubestream/subscription.hpp"

namespace cs {

/// The rung that a viewer receives. Any thread.
class WatchedRung {
 public:
  explicit WatchedRung(const std::vector<Broadcast*>& rungs) {
    for (Broadcast* rung : rungs) requesters_.push_back(rung->keyframe_requester());
  }
  [[nodiscard]] std::size_t index() const { return index_.load(std::memory_order_relaxed); }
  void set(std::size_t index) { index_.store(index, std::memory_order_relaxed); }

  /// Requests a keyframe of the current rung, or of another. Only while the broadcasts exist.
  void request_keyframe() const { request_keyframe(index()); }
  void request_keyframe(std::size_t index) const { requesters_[index](); }

 private:
  std::vector<std::function<void()>> requesters_;
  std::atomic<std::size_t> index_ = 0;
};

/// Delivers one stream of the ladder to a viewer, and switches to another at a keyframe of the new stream. Until then
/// the old stream continues; capture times always increase. Main thread only, except for the sinks inside.
class RungSwitch {
 public:
  /// The viewer starts on `rungs[0]`; `watched` has the same rungs and is kept up to date. `out` and the broadcasts
  /// must outlive this object. `on_ended`: as in Broadcast::subscribe(), for the current stream. If the stream of a
  /// pending move ends, the move is cancelled.
  RungSwitch(AccessUnitSink& out, std::vector<Broadcast*> rungs, std::shared_ptr<WatchedRung> watched,
             Broadcast::Ended on_ended);
  ~RungSwitch();
  RungSwitch(const RungSwitch&) = delete;
  RungSwitch& operator=(const RungSwitch&) = delete;

  /// Starts the delivery.
  void start();

  /// Starts a move to `rung` and cancels any earlier one.
  void move_to(std::size_t rung);

  /// Unsubscribes from streams that are no longer needed. Call it a few times a second.
  void settle();

  /// The rung that the viewer receives. Any thread.
  [[nodiscard]] std::size_t rung() const { return watched_->index(); }
  /// The rung that the viewer is moving to; equal to rung(): not moving. Main thread only.
  [[nodiscard]] std::size_t next() const;

 private:
  class Input;
  void subscribe(std::size_t rung);
  void on_stream_ended(std::size_t rung, const std::string& why);
  [[nodiscard]] bool is_needed(std::size_t rung) const;
  [[nodiscard]] bool has_room(std::size_t rung);
  void push(std::size_t rung, const AccessUnit& unit);
  void skip(std::size_t rung, std::int64_t units);
  [[nodiscard]] bool take_over(std::size_t rung, const AccessUnit& unit);

  // Constant after construction.
  AccessUnitSink& out_;
  const std::vector<Broadcast*> rungs_;
  const Broadcast::Ended on_ended_;
  std::deque<Input> inputs_;
  const std::shared_ptr<WatchedRung> watched_;  // set under mutex_

  mutable std::mutex mutex_;                                  // held while a unit is delivered
  std::optional<std::size_t> next_;                           // guarded by mutex_
  bool is_cut_ = false;                                       // guarded by mutex_; the current stream has dropped units
  TimePoint last_captured_at_ = TimePoint::min();             // guarded by mutex_; of the last delivered unit
  bool started_ = false;                                      // main thread
  std::vector<std::unique_ptr<Subscription>> subscriptions_;  // main thread; null: not subscribed to that rung
};

}  // namespace cs

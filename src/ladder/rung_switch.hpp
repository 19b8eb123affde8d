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

/// Which stream of the ladder a viewer is on. Any thread.
class WatchedRung {
 public:
  explicit WatchedRung(const std::vector<Broadcast*>& rungs) {
    for (Broadcast* rung : rungs) requesters_.push_back(rung->keyframe_requester());
  }
  [[nodiscard]] std::size_t index() const { return index_.load(std::memory_order_relaxed); }
  void set(std::size_t index) { index_.store(index, std::memory_order_relaxed); }

  /// Asks for a keyframe of that stream, or of another one; while the broadcasts exist.
  void request_keyframe() const { request_keyframe(index()); }
  void request_keyframe(std::size_t index) const { requesters_[index](); }

 private:
  std::vector<std::function<void()>> requesters_;
  std::atomic<std::size_t> index_ = 0;
};

/// Gives a viewer one stream of the ladder, and lets it pass to another at a keyframe of that one: until then the old
/// one goes on, and no picture is older than the one before. Main thread only, but for the sinks within.
class RungSwitch {
 public:
  /// The viewer is on `rungs[0]` first; `watched` knows the same ones and is kept up to date. `out` and the broadcasts
  /// must outlive this; `on_ended` as in Broadcast::subscribe(), for the stream that it is on. One that it is on its
  /// way to it then does not go to.
  RungSwitch(AccessUnitSink& out, std::vector<Broadcast*> rungs, std::shared_ptr<WatchedRung> watched,
             Broadcast::Ended on_ended);
  ~RungSwitch();
  RungSwitch(const RungSwitch&) = delete;
  RungSwitch& operator=(const RungSwitch&) = delete;

  /// Pictures come from now on.
  void start();

  /// It is to be on that rung, and forgets where else it was to be.
  void move_to(std::size_t rung);

  /// Lets go of streams that are not needed any more; call it a few times a second.
  void settle();

  /// Where its pictures come from. Any thread.
  [[nodiscard]] std::size_t rung() const { return watched_->index(); }
  /// Where they are to come from: the same, or another, soon. Main thread.
  [[nodiscard]] std::size_t next() const;

 private:
  class Input;
  void subscribe(std::size_t rung);
  void lost(std::size_t rung, const std::string& why);
  [[nodiscard]] bool is_wanted(std::size_t rung) const;
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

  mutable std::mutex mutex_;                           // held while a unit passes
  std::optional<std::size_t> next_;                    // guarded by mutex_
  bool is_cut_ = false;                                // guarded by mutex_; what it leaves has left units out
  TimePoint last_captured_at_ = TimePoint::min();      // guarded by mutex_; of what went out
  bool started_ = false;                               // main thread
  std::vector<std::unique_ptr<Subscription>> places_;  // main thread; null: not on that rung
};

}  // namespace cs

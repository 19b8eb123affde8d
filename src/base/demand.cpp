// SPDX-License-Identifier: MIT
#include "cubestream/demand.hpp"

#include <utility>

namespace cs {

void Demand::set_listener(std::function<void(Level)> listener) {
  listener_ = std::move(listener);
}

void Demand::set(Level level) {
  {
    const std::lock_guard lock(mutex_);
    if (level_ == level) return;
    level_ = level;
  }
  changed_.notify_all();
  if (listener_) listener_(level);
}

Demand::Level Demand::level() const {
  const std::lock_guard lock(mutex_);
  return level_;
}

bool Demand::wait_until_live(const std::stop_token& stop, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, stop, timeout, [this] { return level_ == Level::live; }) && !stop.stop_requested();
}

void Demand::request_keyframe(KeyframeCause cause) {
  KeyframeCause none = KeyframeCause::none;
  keyframe_.compare_exchange_strong(none, cause, std::memory_order_relaxed);
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace cs {

/// Calls `action` in a new thread after `limit`, unless the returned thread is destroyed before. Any thread.
template <typename Action>
[[nodiscard]] std::jthread call_after(std::chrono::milliseconds limit, Action action) {
  return std::jthread([limit, action = std::move(action)](const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, limit, [] { return false; });
    if (!stop.stop_requested()) action();
  });
}

}  // namespace cs

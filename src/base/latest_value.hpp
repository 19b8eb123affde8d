// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace cs {

/// The latest value that one thread publishes for others. Readers never wait while a value is built, and may keep the
/// value they got. Any thread.
template <typename T>
class LatestValue {
 public:
  void publish(T value) {
    auto fresh = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock(mutex_);
    latest_.swap(fresh);
  }

  /// Never null.
  [[nodiscard]] std::shared_ptr<const T> latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> latest_ = std::make_shared<const T>();  // guarded by mutex_
};

}  // namespace cs

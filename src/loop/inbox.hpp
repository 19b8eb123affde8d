// SPDX-License-Identifier: MIT
#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "base/metrics.hpp"

namespace cs {

/// Bounded lock-free queue from one thread to one other thread. A full queue refuses the item and counts it. Never
/// blocks. A reserve beyond the capacity holds items that must not be refused and have their own bound, such as one
/// close event per connection.
template <typename T>
class Inbox {
 public:
  /// `waiting`: metric for the queue length, if any.
  Inbox(std::size_t capacity, std::size_t reserve, Metric& refused, Metric* waiting = nullptr)
      : capacity_(capacity), reserve_(reserve), refused_(refused), waiting_(waiting), queue_(capacity + reserve) {}

  /// Sets the function that wakes the receiver's loop after a push. Call it before the first push.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  /// Sender's thread only. False: the queue is full; the refusal is counted and `item` is unchanged.
  [[nodiscard]] bool try_push(T&& item) { return push_within(capacity_, std::move(item)); }

  /// Like try_push(), but may use the reserve.
  [[nodiscard]] bool try_push_reserved(T&& item) { return push_within(capacity_ + reserve_, std::move(item)); }

  /// Wakes the receiver's loop. Sender's thread only.
  void wake() const {
    if (wake_) wake_();
  }

  /// Receiver's thread only.
  [[nodiscard]] std::optional<T> pop() {
    std::optional<T> item(std::in_place);
    if (!queue_.try_dequeue(*item))
      item.reset();
    else
      count(-1);
    return item;
  }

  /// Any thread, approximately.
  [[nodiscard]] std::size_t size() const { return queue_.size_approx(); }

 private:
  void count(int change) {
    if (waiting_ != nullptr) waiting_->add(change);
  }

  // Not inlined: GCC 12 gives false warnings about inactive alternatives of a variant.
  [[gnu::noinline]] bool push_within(std::size_t bound, T&& item) {
    // The library rounds its own bound up to whole blocks. On the sender's thread size_approx() is never too small.
    // Count first: otherwise the receiver may subtract the item before it was added.
    count(1);
    if (queue_.size_approx() >= bound || !queue_.try_enqueue(std::move(item))) {
      count(-1);
      refused_.add();
      return false;
    }
    wake();
    return true;
  }

  const std::size_t capacity_;
  const std::size_t reserve_;
  Metric& refused_;
  Metric* const waiting_;
  std::function<void()> wake_;
  moodycamel::ReaderWriterQueue<T> queue_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "base/metrics.hpp"

namespace cs {

/// A bounded lock-free queue from one thread to one other. A full one refuses and counts; nothing ever blocks.
/// Behind the bound lies a reserve for what must not be refused and is bounded by itself, one goodbye per connection.
template <typename T>
class Inbox {
 public:
  /// `waiting`: where its length is told, if anywhere.
  Inbox(std::size_t capacity, std::size_t reserve, Metric& refused, Metric* waiting = nullptr)
      : capacity_(capacity), reserve_(reserve), refused_(refused), waiting_(waiting), queue_(capacity + reserve) {}

  /// How the receiver's loop learns that something is there. Set it before the sender begins.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }

  /// Sender's thread only. False: full, counted, and `item` is as it was.
  [[nodiscard]] bool try_push(T&& item) { return push_within(capacity_, std::move(item)); }

  /// The same, but may use the reserve.
  [[nodiscard]] bool try_push_reserved(T&& item) { return push_within(capacity_ + reserve_, std::move(item)); }

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

  // Not inlined, or GCC 12 warns of parts of a variant that are not there.
  [[gnu::noinline]] bool push_within(std::size_t bound, T&& item) {
    // The library's bound is rounded up to whole blocks. From the sender's side the size is never under-estimated.
    // Told first, or the receiver may take away what was not added yet.
    count(1);
    if (queue_.size_approx() >= bound || !queue_.try_enqueue(std::move(item))) {
      count(-1);
      refused_.add();
      return false;
    }
    if (wake_) wake_();
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

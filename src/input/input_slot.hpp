// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/input.hpp"
#include "cubestream/input_batch.hpp"

namespace cs {

/// Input that waits for the next frame.
struct PendingInput {
  std::vector<InputEvent> events;
  std::vector<InputBatchId> batches;  ///< the latest of each client
};

/// Holds input from the moment it arrives until the source of frames takes it, right before it draws. It never becomes
/// a backlog: absolute moves of a pointer replace each other, relative motions and wheels add up; buttons, keys and
/// text stay. Bounded: when full, it loses events that hold nothing down, such as text. Any thread; the mutex is held
/// briefly.
class InputSlot {
 public:
  static constexpr std::size_t kMostEvents = 1024;
  static constexpr std::size_t kMostMessages = 64;

  /// `metrics` must outlive it.
  explicit InputSlot(Metrics& metrics);

  /// Sets the function that is called after each add(). Empty: none. Waits for a call in progress.
  void set_wake(std::function<void()> wake);

  /// Adds events of one client.
  void add(std::span<const InputEvent> events, const InputBatchId& batch);

  /// Adds a JSON text for the application. When full, the oldest is lost and counted.
  void add_message(std::string json);

  /// Takes all events that wait.
  [[nodiscard]] PendingInput take();
  /// Takes the JSON texts.
  [[nodiscard]] std::vector<std::string> take_messages();

 private:
  struct Item {
    ClientId client;
    InputEvent event;
  };

  /// Whether the event became part of one that waits.
  [[nodiscard]] bool merge(ClientId client, const InputEvent& event);

  Metric& merged_;
  Metric& lost_;
  Metric& lost_messages_;

  std::mutex mutex_;
  std::vector<Item> items_;            // guarded by mutex_
  std::vector<InputBatchId> batches_;  // guarded by mutex_
  std::deque<std::string> messages_;   // guarded by mutex_

  std::mutex wake_mutex_;
  std::function<void()> wake_;  // guarded by wake_mutex_
};

}  // namespace cs

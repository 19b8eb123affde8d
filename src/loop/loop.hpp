// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#else  // from Debian 13 on
#include <concurrentqueue/moodycamel/concurrentqueue.h>
#endif

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/metrics.hpp"
#include "loop/wakeup.hpp"

namespace cs {

/// The GLib loop of the main thread: timers, jobs posted by other threads, and the exit code of the process.
/// Constructed, run and destroyed on the main thread.
class Loop {
 public:
  using Job = std::function<void()>;

  explicit Loop(Metrics& metrics);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until quit(). Returns the exit code of the process.
  [[nodiscard]] int run();

  /// Main thread only. Only the first call has an effect.
  void quit(int exit_code);

  /// Runs `job` on the main thread. An exception of the job is logged and counted. False: the queue is full; the
  /// refusal is counted and the job will not run. Any thread; never blocks.
  [[nodiscard]] bool post(Job job);

  /// Like post(), for the result of an operation that an object depends on: it is never refused. The caller limits the
  /// number of simultaneous operations.
  void post_result(Job job);

  /// Both run `job(object)` on the main thread if the object still exists then. Any thread.
  template <typename T, typename F>
  [[nodiscard]] bool post_to(std::weak_ptr<T> object, F job) {
    return post(for_object(std::move(object), std::move(job)));
  }
  template <typename T, typename F>
  void post_result_to(std::weak_ptr<T> object, F job) {
    post_result(for_object(std::move(object), std::move(job)));
  }

  /// Logs `sentence` as an error and ends the process with exit code 1. Any thread.
  void fail(const std::string& sentence);

 private:
  template <typename T, typename F>
  static Job for_object(std::weak_ptr<T> object, F job) {
    return [object = std::move(object), job = std::move(job)] {
      if (const std::shared_ptr<T> alive = object.lock()) job(*alive);
    };
  }
  void run_jobs();

  Metric& refused_;
  Metric& waiting_;
  GMainLoop* loop_;
  int exit_code_ = 0;
  bool quitting_ = false;
  moodycamel::ConcurrentQueue<Job> jobs_;
  Wakeup wakeup_;
};

/// Calls `on_time` on the main loop after `delay`, once or repeatedly. Destroying it cancels. Main thread only.
class Timer {
 public:
  enum class Repeat { once, forever };

  Timer(std::chrono::milliseconds delay, Repeat repeat, std::function<void()> on_time);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  std::function<void()> on_time_;
  Repeat repeat_;
  unsigned source_;  // 0 after a single call
};

}  // namespace cs

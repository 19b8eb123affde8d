// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cs {

/// What has to wait for a disk: jobs run one after the other on a thread of its own. A disk may hang for ever (NFS, a
/// dying drive), and only this thread hangs with it. Its end leaves such a thread behind: when the disk answers at
/// last, the thread touches nothing any more. Built and destroyed on one thread; post() and busy_for() on any.
class DiskThread {
 public:
  using Job = std::function<void()>;

  /// `name`: the thread's. `timeout`: how long its end waits for the jobs that are queued.
  explicit DiskThread(const std::string& name, std::chrono::milliseconds timeout = std::chrono::milliseconds(500));
  ~DiskThread();
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  /// Never blocks and never refuses: each file bounds what it has waiting, see Segment::has_room().
  void post(Job job);

  /// For how long the disk has not answered the present call(); 0: it is asked nothing.
  [[nodiscard]] std::chrono::milliseconds busy_for() const;

  /// Calls what may hang. It may use nothing but its own stack and what it holds itself. On the disk thread; on others
  /// it is an ordinary call.
  template <typename F>
  static auto call(F may_hang) {
    const Call guard;
    return may_hang();
  }

 private:
  struct State;

  /// While it lives its thread may be left behind; its end does not return if that has happened.
  class Call {
   public:
    Call();
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
  };

  const std::shared_ptr<State> state_;  // shared with the thread
  const std::chrono::milliseconds timeout_;
};

}  // namespace cs

// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cs {

/// Runs jobs that wait for a disk, one after the other, on its own thread. If the disk hangs (NFS, a failing drive),
/// only this thread hangs. The destructor abandons a hanging thread; when the disk answers later, that thread touches
/// nothing. Constructed and destroyed on one thread; post() and busy_for(): any thread.
class DiskThread {
 public:
  using Job = std::function<void()>;

  /// `name`: the name of the thread. `timeout`: how long the destructor waits for the queued jobs.
  explicit DiskThread(const std::string& name, std::chrono::milliseconds timeout = std::chrono::milliseconds(500));
  ~DiskThread();
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  /// Never blocks and never refuses a job. Each file limits its own queued data, see Segment::has_room().
  void post(Job job);

  /// How long the current call() has waited for the disk; 0: no call is in progress.
  [[nodiscard]] std::chrono::milliseconds busy_for() const;

  /// Calls `may_hang`, which may block forever. It may only use its own stack and its own captures. On the disk
  /// thread; on other threads it is an ordinary call.
  template <typename F>
  static auto call(F may_hang) {
    const Call guard;
    return may_hang();
  }

 private:
  struct State;

  /// While it exists, its thread may be abandoned. In that case the destructor does not return.
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

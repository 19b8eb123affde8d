// SPDX-License-Identifier: MIT
#include "loop/disk_thread.hpp"

#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "base/signals_blocked.hpp"
#include "base/thread_role.hpp"
#include "cubestream/clock.hpp"

namespace cs {

struct DiskThread::State {
  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return !jobs.empty() || is_ending; });
      if (jobs.empty()) break;
      Job next = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      next();
      next = {};  // without the lock: destroying what the job holds may also wait for the disk
      lock.lock();
    }
    is_over = true;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by mutex.
  std::deque<Job> jobs;
  bool is_ending = false;
  bool is_over = false;
  std::optional<TimePoint> call_began;  // empty: no call in progress
  bool is_abandoned = false;
};

namespace {

thread_local void* state_here = nullptr;  // the state of this thread, if it is a disk thread

}  // namespace

DiskThread::DiskThread(const std::string& name, std::chrono::milliseconds timeout)
    : state_(std::make_shared<State>()), timeout_(timeout) {
  const SignalsBlocked blocked;
  std::thread([state = state_, name] {
    enter_thread(ThreadRole::none, name);
    state_here = state.get();
    state->run();
  }).detach();
}

DiskThread::~DiskThread() {
  std::unique_lock lock(state_->mutex);
  state_->is_ending = true;
  state_->changed.notify_all();
  if (state_->changed.wait_for(lock, timeout_, [this] { return state_->is_over; })) return;
  // Outside a call the thread is only slow. It reaches its next call, or its end.
  state_->changed.wait(lock, [this] { return state_->is_over || state_->call_began; });
  state_->is_abandoned = true;
}

void DiskThread::post(Job job) {
  const std::lock_guard lock(state_->mutex);
  state_->jobs.push_back(std::move(job));
  state_->changed.notify_all();
}

std::chrono::milliseconds DiskThread::busy_for() const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->call_began) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - *state_->call_began);
}

DiskThread::Call::Call() {
  auto* const state = static_cast<State*>(state_here);
  if (state == nullptr) return;
  const std::lock_guard lock(state->mutex);
  state->call_began = Clock::now();
  state->changed.notify_all();
}

DiskThread::Call::~Call() {
  auto* const state = static_cast<State*>(state_here);
  if (state == nullptr) return;
  const int error = errno;
  {
    const std::lock_guard lock(state->mutex);
    state->call_began.reset();
    if (!state->is_abandoned) {
      errno = error;
      return;
    }
  }
  while (true) pause();  // an abandoned thread must not return; pause until the process ends
}

}  // namespace cs

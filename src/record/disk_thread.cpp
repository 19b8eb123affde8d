// SPDX-License-Identifier: MIT
#include "record/disk_thread.hpp"

#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/signals_blocked.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxWaiting = std::size_t{16} << 20U;  // bytes, many seconds of the usual stream

}  // namespace

struct DiskThread::State {
  struct Waiting {
    Job job;
    std::size_t bytes;
  };

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return !jobs.empty() || is_ending; });
      if (jobs.empty()) break;
      Waiting next = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      next.job();
      next.job = {};  // what it holds is the disk's too
      lock.lock();
      bytes -= next.bytes;
    }
    is_over = true;
    changed.notify_all();
  }

  mutable std::mutex mutex;
  std::condition_variable changed;
  // Guarded by mutex.
  std::deque<Waiting> jobs;
  std::size_t bytes = 0;  // with the job that runs
  bool is_ending = false;
  bool is_over = false;
  bool is_in_call = false;
  bool is_left_behind = false;
};

namespace {

thread_local void* state_here = nullptr;  // of the disk thread that this is

}  // namespace

DiskThread::DiskThread(std::chrono::milliseconds patience) : state_(std::make_shared<State>()), patience_(patience) {
  const SignalsBlocked blocked;
  std::thread([state = state_] {
    enter_thread(ThreadRole::none, "disk");
    state_here = state.get();
    state->run();
  }).detach();
}

DiskThread::~DiskThread() {
  std::unique_lock lock(state_->mutex);
  state_->is_ending = true;
  state_->changed.notify_all();
  if (state_->changed.wait_for(lock, patience_, [this] { return state_->is_over; })) return;
  // Between two calls it is only slow, and will come to the next one, or to its end.
  state_->changed.wait(lock, [this] { return state_->is_over || state_->is_in_call; });
  state_->is_left_behind = true;
}

void DiskThread::post(Job job, std::size_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->bytes += bytes;
  state_->jobs.push_back({std::move(job), bytes});
  state_->changed.notify_all();
}

bool DiskThread::has_room() const {
  const std::lock_guard lock(state_->mutex);
  return state_->bytes < kMaxWaiting;
}

DiskThread::Call::Call() {
  auto* const state = static_cast<State*>(state_here);
  if (state == nullptr) return;
  const std::lock_guard lock(state->mutex);
  state->is_in_call = true;
  state->changed.notify_all();
}

DiskThread::Call::~Call() {
  auto* const state = static_cast<State*>(state_here);
  if (state == nullptr) return;
  const int error = errno;
  {
    const std::lock_guard lock(state->mutex);
    state->is_in_call = false;
    if (!state->is_left_behind) {
      errno = error;
      return;
    }
  }
  while (true) pause();  // until the process ends
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "loop/loop.hpp"

#include "base/thread_role.hpp"
#include "log/log.hpp"
#include "loop/guarded.hpp"

namespace cs {
namespace {

// Far more than GStreamer's threads can post during the slowest job of the main thread, removing a viewer.
constexpr std::size_t kMaxJobs = 4096;

}  // namespace

Loop::Loop(Metrics& metrics)
    : refused_(metrics.get("queue_refusals_total", {{"queue", "main-jobs"}})),
      waiting_(metrics.get("queue_length", {{"queue", "main-jobs"}})),
      loop_(g_main_loop_new(nullptr, FALSE)),
      jobs_(kMaxJobs),
      wakeup_([this] { run_jobs(); }) {
  count_uncaught_in(&metrics.get("main_exceptions_total"));
}

Loop::~Loop() {
  count_uncaught_in(nullptr);
  g_main_loop_unref(loop_);
}

int Loop::run() {
  assert_on(ThreadRole::main);
  if (!quitting_) g_main_loop_run(loop_);
  return exit_code_;
}

void Loop::quit(int exit_code) {
  assert_on(ThreadRole::main);
  if (quitting_) return;
  quitting_ = true;
  exit_code_ = exit_code;
  g_main_loop_quit(loop_);
}

bool Loop::post(Job job) {
  if (jobs_.size_approx() >= kMaxJobs) {
    refused_.add();
    return false;
  }
  post_result(std::move(job));
  return true;
}

void Loop::post_result(Job job) {
  waiting_.add();  // first: otherwise the main thread may subtract the job before it was added
  jobs_.enqueue(std::move(job));
  wakeup_.wake();
}

void Loop::fail(const std::string& sentence) {
  make_log("main")->error("{}", sentence);
  post_result([this] { quit(1); });
}

void Loop::run_jobs() {
  Job job;
  // Only the jobs that were queued at the start, so that a stream of jobs cannot starve the timers.
  for (auto left = jobs_.size_approx(); left > 0 && jobs_.try_dequeue(job); --left) {
    waiting_.add(-1);
    run_guarded(job);
  }
  if (jobs_.size_approx() > 0) wakeup_.wake();
}

Timer::Timer(std::chrono::milliseconds delay, Repeat repeat, std::function<void()> on_time)
    : on_time_(std::move(on_time)), repeat_(repeat) {
  assert_on(ThreadRole::main);
  const auto callback = [](void* data) -> gboolean {
    auto* self = static_cast<Timer*>(data);
    if (self->repeat_ == Repeat::forever) {
      run_guarded(self->on_time_);  // must not destroy this timer
      return G_SOURCE_CONTINUE;
    }
    self->source_ = 0;
    const std::function<void()> last_call = std::move(self->on_time_);  // may destroy this timer
    run_guarded(last_call);
    return G_SOURCE_REMOVE;
  };
  source_ = g_timeout_add(static_cast<unsigned>(delay.count()), callback, this);
}

Timer::~Timer() {
  if (source_ != 0) g_source_remove(source_);
}

}  // namespace cs

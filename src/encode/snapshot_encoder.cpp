// SPDX-License-Identifier: MIT
#include "encode/snapshot_encoder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>
#include <utility>

#include "base/error.hpp"
#include "base/signals_blocked.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr std::array kTypes = {ImageType::jpeg, ImageType::png};

}  // namespace

/// State of the thread; the thread accesses nothing else.
struct SnapshotEncoder::Worker {
  struct Job {
    ImageType type;
    std::shared_ptr<const CapturedFrame> frame;
  };
  using Deliver = std::function<void(const Job&, std::shared_ptr<const std::string> file, const std::string& failure)>;

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return !jobs.empty() || is_ending; });
      if (is_ending) break;
      const Job job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      std::shared_ptr<const std::string> file;
      std::string failure;
      try {
        file = std::make_shared<const std::string>(encode(job.type, job.frame->buffer.get(), job.frame->format));
      } catch (const std::exception& exception) {  // StartupError, or no memory for a large frame
        failure = exception.what();
      }
      lock.lock();
      if (!is_ending) deliver(job, std::move(file), failure);
    }
    is_over = true;
    changed.notify_all();
  }

  const decltype(&encode_image) encode;
  const Deliver deliver;  // not called after the end has begun

  std::mutex mutex = {};
  std::condition_variable changed = {};
  // Guarded by mutex.
  std::deque<Job> jobs = {};  // at most one of each type
  bool is_ending = false;
  bool is_over = false;
};

SnapshotEncoder::SnapshotEncoder(Config config, FrameDistributor& distributor, Loop& loop, Metrics& metrics)
    : config_(config),
      frames_(distributor),
      loop_(loop),
      log_(make_log("snapshot")),
      made_(metrics.get("snapshots_total")),
      refused_(metrics.get("snapshots_refused_total")),
      late_(metrics.get("snapshots_late_total")),
      format_(config.format),
      worker_(new Worker{.encode = config.encode,
                         .deliver = [this](const Worker::Job& job, std::shared_ptr<const std::string> file,
                                           const std::string& failure) {
                           deliver(job.type, job.frame->captured_at, std::move(file), failure);
                         }}) {
  const SignalsBlocked blocked;
  std::thread([worker = worker_] {
    enter_thread(ThreadRole::snapshot);
    worker->run();
  }).detach();
  frames_.join(*this);
}

SnapshotEncoder::~SnapshotEncoder() {
  frames_.leave(*this);
  std::unique_lock lock(worker_->mutex);
  worker_->is_ending = true;
  worker_->changed.notify_all();
  if (!worker_->changed.wait_for(lock, config_.end_within, [this] { return worker_->is_over; }))
    log_->debug("abandoned a snapshot that was still being encoded");
}

void SnapshotEncoder::ask(ImageType type, Answer answer) {
  assert_on(ThreadRole::main);
  Queue& entry = queue(type);
  const TimePoint now = Clock::now();
  if (entry.last.file && now < entry.last.captured_at + std::chrono::seconds(1) / config_.format.fps)
    return answer(entry.last);
  if (waiting() >= config_.max_waiting) {
    refused_.add();
    return answer(SnapshotFailure::busy);
  }
  entry.waiters.push_back({std::move(answer), now});
  restart_timeout();
  if (!entry.is_encoding) want(true);
}

std::size_t SnapshotEncoder::waiting() const {
  std::size_t count = 0;
  for (const Queue& each : queues_) count += each.waiters.size();
  return count;
}

void SnapshotEncoder::want(bool frame) {
  wanted_ = frame;
  frames_.follow();
}

void SnapshotEncoder::push(GstBuffer* frame, TimePoint captured_at) {
  if (!wanted_.exchange(false)) return;
  {
    const std::lock_guard lock(mutex_);
    arrived_ = std::make_shared<const CapturedFrame>(CapturedFrame{retain(frame), format_, captured_at});
  }
  loop_.post_result([this] { take_frame(); });  // once per requested frame
}

void SnapshotEncoder::take_frame() {
  want(false);
  std::shared_ptr<const CapturedFrame> frame;
  {
    const std::lock_guard lock(mutex_);
    frame = std::move(arrived_);
  }
  if (!frame) return;
  const std::lock_guard lock(worker_->mutex);
  for (const ImageType type : kTypes) {
    Queue& entry = queue(type);
    if (!entry.waiters.empty() && !std::exchange(entry.is_encoding, true)) worker_->jobs.push_back({type, frame});
  }
  worker_->changed.notify_all();
}

void SnapshotEncoder::deliver(ImageType type, TimePoint captured_at, std::shared_ptr<const std::string> file,
                              const std::string& failure) {
  std::variant<Snapshot, SnapshotFailure> result = SnapshotFailure::failed;
  if (failure.empty()) {
    result = Snapshot{.file = std::move(file),
                      .etag = fmt::format("\"{:x}\"", captured_at.time_since_epoch().count()),
                      .captured_at = captured_at};
    made_.add();
  } else {
    log_->error("cannot encode a snapshot: {}", failure);
  }
  loop_.post_result([this, type, result = std::move(result)] { finish(type, result); });
}

void SnapshotEncoder::finish(ImageType type, std::variant<Snapshot, SnapshotFailure> result) {
  Queue& entry = queue(type);
  entry.is_encoding = false;
  if (const auto* snapshot = std::get_if<Snapshot>(&result)) entry.last = *snapshot;
  const auto waiters = std::exchange(entry.waiters, {});
  restart_timeout();
  for (const Waiter& waiter : waiters) waiter.answer(result);
}

void SnapshotEncoder::restart_timeout() {
  TimePoint first = TimePoint::max();
  for (const Queue& each : queues_)
    if (!each.waiters.empty()) first = std::min(first, each.waiters.front().since);
  timeout_.reset();
  if (first == TimePoint::max()) {
    // No request is waiting.
    if (wanted_) want(false);
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first + config_.timeout - Clock::now());
  timeout_ = std::make_unique<Timer>(std::max(left, std::chrono::milliseconds(0)), Timer::Repeat::once,
                                     [this] { expire_waiters(); });
}

void SnapshotEncoder::expire_waiters() {
  const TimePoint now = Clock::now();
  std::vector<Waiter> expired;
  for (Queue& each : queues_)
    while (!each.waiters.empty() && now >= each.waiters.front().since + config_.timeout) {
      expired.push_back(std::move(each.waiters.front()));
      each.waiters.erase(each.waiters.begin());
    }
  restart_timeout();
  late_.add(static_cast<std::int64_t>(expired.size()));
  if (!expired.empty()) log_->warn("no snapshot was ready within {} ms", config_.timeout.count());
  for (const Waiter& waiter : expired) waiter.answer(SnapshotFailure::late);
}

}  // namespace cs

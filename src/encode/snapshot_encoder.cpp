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

/// What the thread has; it touches nothing else.
struct SnapshotEncoder::Maker {
  struct Job {
    ImageType type;
    std::shared_ptr<const Picture> picture;
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
        file = std::make_shared<const std::string>(encode(job.type, job.picture->buffer.get(), format));
      } catch (const std::exception& exception) {  // StartupError, or no memory for a large picture
        failure = exception.what();
      }
      lock.lock();
      if (!is_ending) deliver(job, std::move(file), failure);
    }
    is_over = true;
    changed.notify_all();
  }

  const FrameFormat format;
  const decltype(&encode_image) encode;
  const Deliver deliver;  // not called any more when the end has begun

  std::mutex mutex = {};
  std::condition_variable changed = {};
  // Guarded by mutex.
  std::deque<Job> jobs = {};  // at most one of each type
  bool is_ending = false;
  bool is_over = false;
};

SnapshotEncoder::SnapshotEncoder(Config config, FrameDistributor& pictures, Loop& loop, Metrics& metrics)
    : config_(config),
      frames_(pictures),
      loop_(loop),
      log_(make_log("snapshot")),
      made_(metrics.get("snapshots_total")),
      refused_(metrics.get("snapshots_refused_total")),
      late_(metrics.get("snapshots_late_total")),
      maker_(new Maker{.format = config.format,
                       .encode = config.encode,
                       .deliver = [this](const Maker::Job& job, std::shared_ptr<const std::string> file,
                                         const std::string& failure) {
                         deliver(job.type, job.picture->captured_at, std::move(file), failure);
                       }}) {
  const SignalsBlocked blocked;
  std::thread([maker = maker_] {
    enter_thread(ThreadRole::snapshot);
    maker->run();
  }).detach();
  frames_.join(*this);
}

SnapshotEncoder::~SnapshotEncoder() {
  frames_.leave(*this);
  std::unique_lock lock(maker_->mutex);
  maker_->is_ending = true;
  maker_->changed.notify_all();
  if (!maker_->changed.wait_for(lock, config_.end_within, [this] { return maker_->is_over; }))
    log_->debug("a snapshot that is being made is abandoned");
}

void SnapshotEncoder::ask(ImageType type, Answer answer) {
  assert_on(ThreadRole::main);
  Queue& here = queue(type);
  const TimePoint now = Clock::now();
  if (here.last.file && now < here.last.captured_at + std::chrono::seconds(1) / config_.format.fps)
    return answer(here.last);
  if (waiting() >= config_.max_waiting) {
    refused_.add();
    return answer(SnapshotFailure::busy);
  }
  here.waiters.push_back({std::move(answer), now});
  watch_the_time();
  if (!here.in_the_making) want(true);
}

std::size_t SnapshotEncoder::waiting() const {
  std::size_t count = 0;
  for (const Queue& each : queues_) count += each.waiters.size();
  return count;
}

void SnapshotEncoder::want(bool picture) {
  wanted_ = picture;
  frames_.follow();
}

void SnapshotEncoder::push(GstBuffer* picture, TimePoint captured_at) {
  if (!wanted_.exchange(false)) return;
  {
    const std::lock_guard lock(mutex_);
    arrived_ = std::make_shared<const Picture>(Picture{retain(picture), captured_at});
  }
  loop_.post_result([this] { take_frame(); });  // one for each time that a picture was wanted
}

void SnapshotEncoder::take_frame() {
  want(false);
  std::shared_ptr<const Picture> picture;
  {
    const std::lock_guard lock(mutex_);
    picture = std::move(arrived_);
  }
  if (!picture) return;
  const std::lock_guard lock(maker_->mutex);
  for (const ImageType type : kTypes) {
    Queue& here = queue(type);
    if (!here.waiters.empty() && !std::exchange(here.in_the_making, true)) maker_->jobs.push_back({type, picture});
  }
  maker_->changed.notify_all();
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
    log_->error("cannot make a snapshot: {}", failure);
  }
  loop_.post_result([this, type, result = std::move(result)] { finish(type, result); });
}

void SnapshotEncoder::finish(ImageType type, std::variant<Snapshot, SnapshotFailure> result) {
  Queue& here = queue(type);
  here.in_the_making = false;
  if (const auto* snapshot = std::get_if<Snapshot>(&result)) here.last = *snapshot;
  const auto waiters = std::exchange(here.waiters, {});
  watch_the_time();
  for (const Waiter& waiter : waiters) waiter.answer(result);
}

void SnapshotEncoder::watch_the_time() {
  TimePoint first = TimePoint::max();
  for (const Queue& each : queues_)
    if (!each.waiters.empty()) first = std::min(first, each.waiters.front().since);
  timeout_.reset();
  if (first == TimePoint::max()) {
    // Nobody is left to want one.
    if (wanted_) want(false);
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first + config_.timeout - Clock::now());
  timeout_ = std::make_unique<Timer>(std::max(left, std::chrono::milliseconds(0)), Timer::Repeat::once,
                                     [this] { give_up_on_late_ones(); });
}

void SnapshotEncoder::give_up_on_late_ones() {
  const TimePoint now = Clock::now();
  std::vector<Waiter> gone;
  for (Queue& each : queues_)
    while (!each.waiters.empty() && now >= each.waiters.front().since + config_.timeout) {
      gone.push_back(std::move(each.waiters.front()));
      each.waiters.erase(each.waiters.begin());
    }
  watch_the_time();
  late_.add(static_cast<std::int64_t>(gone.size()));
  if (!gone.empty()) log_->warn("no picture came within {} ms", config_.timeout.count());
  for (const Waiter& waiter : gone) waiter.answer(SnapshotFailure::late);
}

}  // namespace cs

// SPDX-License-Identifier: MIT
#include "encode/stills.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr std::array kTypes = {ImageType::jpeg, ImageType::png};

}  // namespace

Stills::Stills(Config config, Pictures& pictures, Loop& loop, Metrics& metrics)
    : config_(config),
      pictures_(pictures),
      loop_(loop),
      log_(make_log("snapshot")),
      made_(metrics.get("snapshots_total")),
      refused_(metrics.get("snapshots_refused_total")),
      late_(metrics.get("snapshots_late_total")),
      thread_([this](const std::stop_token& stop) {
        enter_thread(ThreadRole::snapshot);
        work(stop);
      }) {
  pictures_.join(*this);
}

Stills::~Stills() {
  pictures_.leave(*this);
}

void Stills::ask(ImageType type, Answer answer) {
  assert_on(ThreadRole::main);
  Shelf& here = shelf(type);
  const TimePoint now = Clock::now();
  if (here.last.file && now < here.last.captured_at + std::chrono::seconds(1) / config_.format.fps)
    return answer(here.last);
  if (waiting() >= config_.max_waiting) {
    refused_.add();
    return answer(NoStill::busy);
  }
  here.waiters.push_back({std::move(answer), now});
  watch_the_time();
  if (!here.in_the_making) want(true);
}

std::size_t Stills::waiting() const {
  std::size_t count = 0;
  for (const Shelf& each : shelves_) count += each.waiters.size();
  return count;
}

void Stills::want(bool picture) {
  wanted_ = picture;
  pictures_.follow();
}

void Stills::push(GstBuffer* picture, TimePoint captured_at) {
  if (!wanted_.exchange(false)) return;
  {
    const std::lock_guard lock(mutex_);
    arrived_ = std::make_shared<const Picture>(Picture{retain(picture), captured_at});
  }
  loop_.post_result([this] { take_picture(); });  // one for each time that a picture was wanted
}

void Stills::take_picture() {
  want(false);
  std::shared_ptr<const Picture> picture;
  {
    const std::lock_guard lock(mutex_);
    picture = std::move(arrived_);
    for (const ImageType type : kTypes) {
      Shelf& here = shelf(type);
      if (!picture || here.waiters.empty() || std::exchange(here.in_the_making, true)) continue;
      jobs_.push_back({type, picture});
    }
  }
  queued_.notify_one();
}

void Stills::work(const std::stop_token& stop) {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!queued_.wait(lock, stop, [this] { return !jobs_.empty(); })) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    std::variant<Still, NoStill> result = NoStill::failed;
    try {
      auto file = encode_image(job.type, job.picture->buffer.get(), config_.format);
      result = Still{.file = std::make_shared<const std::string>(std::move(file)),
                     .etag = fmt::format("\"{:x}\"", job.picture->captured_at.time_since_epoch().count()),
                     .captured_at = job.picture->captured_at};
      made_.add();
    } catch (const std::exception& exception) {  // Fatal, or no memory for a large picture
      log_->error("cannot make a snapshot: {}", exception.what());
    }
    loop_.post_result([this, type = job.type, result = std::move(result)] { finish(type, result); });
  }
}

void Stills::finish(ImageType type, std::variant<Still, NoStill> result) {
  Shelf& here = shelf(type);
  here.in_the_making = false;
  if (const auto* still = std::get_if<Still>(&result)) here.last = *still;
  const auto waiters = std::exchange(here.waiters, {});
  watch_the_time();
  for (const Waiter& waiter : waiters) waiter.answer(result);
}

void Stills::watch_the_time() {
  TimePoint first = TimePoint::max();
  for (const Shelf& each : shelves_)
    if (!each.waiters.empty()) first = std::min(first, each.waiters.front().since);
  patience_.reset();
  if (first == TimePoint::max()) {
    // Nobody is left to want one.
    if (wanted_) want(false);
    return;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(first + config_.patience - Clock::now());
  patience_ = std::make_unique<Timer>(std::max(left, std::chrono::milliseconds(0)), Timer::Repeat::once,
                                      [this] { give_up_on_late_ones(); });
}

void Stills::give_up_on_late_ones() {
  const TimePoint now = Clock::now();
  std::vector<Waiter> gone;
  for (Shelf& each : shelves_)
    while (!each.waiters.empty() && now >= each.waiters.front().since + config_.patience) {
      gone.push_back(std::move(each.waiters.front()));
      each.waiters.erase(each.waiters.begin());
    }
  watch_the_time();
  late_.add(static_cast<std::int64_t>(gone.size()));
  if (!gone.empty()) log_->warn("no picture came within {} ms", config_.patience.count());
  for (const Waiter& waiter : gone) waiter.answer(NoStill::late);
}

}  // namespace cs

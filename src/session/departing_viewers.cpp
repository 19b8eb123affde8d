// SPDX-License-Identifier: MIT
#include "session/departing_viewers.hpp"

#include <utility>

#include "log/log.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kSettleWithin{300};  // when the server stops
constexpr std::chrono::milliseconds kLookEvery{500};     // for those that exceed the time limit

}  // namespace

DepartingViewers::DepartingViewers(std::chrono::milliseconds within, Metrics& metrics)
    : departures_(within, metrics.get("viewers_departing"), metrics.get("viewers_departed_late_total")) {}

DepartingViewers::~DepartingViewers() {
  const TimePoint deadline = Clock::now() + kSettleWithin;
  const Timer turns(std::chrono::milliseconds(10), Timer::Repeat::forever, [] {});
  while (departures_.size() > 0 && Clock::now() < deadline) {
    g_main_context_iteration(nullptr, TRUE);
    departures_.sweep(Clock::now());
  }
}

void DepartingViewers::add(std::unique_ptr<Viewer> viewer) {
  viewer->close();
  departures_.add(std::move(viewer), Clock::now());
  if (!late_) late_ = std::make_unique<Timer>(kLookEvery, Timer::Repeat::forever, [this] { sweep_soon(); });
  sweep_soon();
}

void DepartingViewers::sweep_soon() {
  soon_ = std::make_unique<Timer>(std::chrono::milliseconds(0), Timer::Repeat::once, [this] { sweep(); });
}

void DepartingViewers::sweep() {
  const std::size_t before = departures_.size();
  if (const std::size_t late = departures_.sweep(Clock::now()); late > 0)
    make_log("main")->error(
        "GStreamer did not finish {} closed viewers in time; they are destroyed now, which may leak file descriptors",
        late);
  if (departures_.size() < before) memory_trim_.freed();
  if (departures_.size() == 0) late_.reset();
}

}  // namespace cs

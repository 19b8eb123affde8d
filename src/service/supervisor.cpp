// SPDX-License-Identifier: MIT
#include "service/supervisor.hpp"

#include <fmt/core.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>

#include "base/thread_role.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

/// The period within which systemd wants to be fed.
std::optional<Clock::duration> watchdog_period() {
  std::uint64_t period_us = 0;
  if (sd_watchdog_enabled(0, &period_us) <= 0) return {};
  return std::chrono::microseconds(period_us);
}

/// The watchdog is no longer fed once a heartbeat stands still, and systemd acts a period later: both together have to
/// stay well within the 12 seconds in which the service shall be back, so the period of the unit rules both.
SupervisorTimeouts under_watchdog(SupervisorTimeouts timeouts, Clock::duration period) {
  timeouts.silence = period * 3 / 4;
  timeouts.look_every =
      std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(period / 4), 1ms, timeouts.look_every);
  return timeouts;
}

std::string text_of(const Metrics::NamedHeartbeat& heartbeat) {
  switch (heartbeat.kind) {
    case Heartbeat::Kind::thread:
      return heartbeat.name;
    case Heartbeat::Kind::encoder:
      return "encode " + heartbeat.name;
    case Heartbeat::Kind::frames:
      return "pictures " + heartbeat.name;
  }
  return heartbeat.name;
}

void tell(const std::string& what) {
  // It cannot fail in a way that we could mend; without systemd it does nothing.
  sd_notify(0, what.c_str());
}

}  // namespace

std::string status_line(const Metrics& metrics, const FrameFormat& format) {
  const std::int64_t viewers = metrics.total("viewers");
  std::string line = fmt::format("{} viewer{}", viewers, viewers == 1 ? "" : "s");
  for (const auto& [codec, encoder] : metrics.facts("encoder")) line += fmt::format(", {} by {}", codec, encoder);
  line += fmt::format(", {}x{} at {}", format.size.width, format.size.height, format.fps);
  if (const std::string renderer = metrics.fact("renderer"); !renderer.empty()) line += ", " + renderer;
  return line;
}

Supervisor::Supervisor(const FrameFormat& format, Metrics& metrics, const SupervisorTimeouts& timeouts)
    : Supervisor(format, metrics, timeouts, watchdog_period()) {}

Supervisor::Supervisor(const FrameFormat& format, Metrics& metrics, const SupervisorTimeouts& timeouts,
                       std::optional<Clock::duration> watchdog)
    : timeouts_(watchdog ? under_watchdog(timeouts, *watchdog) : timeouts),
      format_(format),
      metrics_(metrics),
      is_watched_(watchdog.has_value()),
      log_(make_log("supervisor")),
      stalls_(timeouts_.silence),
      main_(metrics.heartbeat(Heartbeat::Kind::thread, "main")),
      tick_(timeouts_.look_every, Timer::Repeat::forever, [this] { main_.tick(); }) {
  main_.tick();
  tell("READY=1");
  thread_ = std::jthread([this](const std::stop_token& stop) {
    enter_thread(ThreadRole::none, "watchdog");
    std::mutex mutex;
    std::condition_variable_any next;
    while (!stop.stop_requested()) {
      look();
      std::unique_lock lock(mutex);
      next.wait_for(lock, stop, timeouts_.look_every, [] { return false; });
    }
  });
}

Supervisor::~Supervisor() {
  thread_.request_stop();
  thread_.join();  // so that it does not speak of us any more
  main_.rest();
  tell("STOPPING=1\nSTATUS=stopping");
}

void Supervisor::look() {
  const TimePoint now = Clock::now();
  std::vector<StallDetector::Silence> silences;
  for (const auto& each : metrics_.heartbeats()) silences.emplace_back(text_of(each), each.heartbeat->silence(now));
  const StallDetector::Report report = stalls_.check(silences);

  std::string status = report.all_well ? status_line(metrics_, format_) : told_;
  for (const std::string& error : report.errors) {
    log_->error("{}{}", error, is_watched_ ? "; if it stays so, systemd's watchdog starts the service anew" : "");
    status = error;
  }
  for (const std::string& note : report.notes) log_->info("{}", note);

  if (is_watched_ && report.all_well) tell("WATCHDOG=1");
  if (status == told_) return;
  told_ = status;
  tell("STATUS=" + status);
}

}  // namespace cs

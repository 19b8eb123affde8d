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

/// The watchdog period of systemd; nullopt: no watchdog.
std::optional<Clock::duration> watchdog_period() {
  std::uint64_t period_us = 0;
  if (sd_watchdog_enabled(0, &period_us) <= 0) return {};
  return std::chrono::microseconds(period_us);
}

/// The supervisor stops feeding the watchdog when a heartbeat stalls, and systemd acts one period later. The service
/// should be back within 12 seconds in total, so both limits depend on the period of the unit.
SupervisorTimeouts under_watchdog(SupervisorTimeouts timeouts, Clock::duration period) {
  timeouts.silence = period * 3 / 4;
  timeouts.look_every =
      std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(period / 4), 1ms, timeouts.look_every);
  return timeouts;
}

/// What a heartbeat belongs to, as the subject of a sentence.
std::string text_of(const Metrics::NamedHeartbeat& heartbeat) {
  switch (heartbeat.kind) {
    case Heartbeat::Kind::thread:
      return "thread " + heartbeat.name;
    case Heartbeat::Kind::encoder:
      return "encoder " + heartbeat.name;
    case Heartbeat::Kind::frames:
      return "stream " + heartbeat.name;
  }
  return heartbeat.name;
}

void notify_systemd(const std::string& state) {
  // Errors are ignored: no remedy exists. Without systemd it does nothing.
  sd_notify(0, state.c_str());
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

Supervisor::Supervisor(std::function<FrameFormat()> format, Metrics& metrics, const SupervisorTimeouts& timeouts)
    : Supervisor(std::move(format), metrics, timeouts, watchdog_period()) {}

Supervisor::Supervisor(std::function<FrameFormat()> format, Metrics& metrics, const SupervisorTimeouts& timeouts,
                       std::optional<Clock::duration> watchdog)
    : timeouts_(watchdog ? under_watchdog(timeouts, *watchdog) : timeouts),
      format_(std::move(format)),
      metrics_(metrics),
      is_watched_(watchdog.has_value()),
      log_(make_log("supervisor")),
      stalls_(timeouts_.silence),
      main_(metrics.heartbeat(Heartbeat::Kind::thread, "main")),
      tick_(timeouts_.look_every, Timer::Repeat::forever, [this] { main_.tick(); }) {
  main_.tick();
  notify_systemd("READY=1");
  thread_ = std::jthread([this](const std::stop_token& stop) {
    enter_thread(ThreadRole::none, "watchdog");
    std::mutex mutex;
    std::condition_variable_any next;
    while (!stop.stop_requested()) {
      check_heartbeats();
      std::unique_lock lock(mutex);
      next.wait_for(lock, stop, timeouts_.look_every, [] { return false; });
    }
  });
}

Supervisor::~Supervisor() {
  thread_.request_stop();
  thread_.join();  // so that it sends no more states
  main_.rest();
  notify_systemd("STOPPING=1\nSTATUS=stopping");
}

void Supervisor::check_heartbeats() {
  const TimePoint now = Clock::now();
  std::vector<StallDetector::Silence> silences;
  for (const auto& each : metrics_.heartbeats()) silences.emplace_back(text_of(each), each.heartbeat->silence(now));
  const StallDetector::Report report = stalls_.check(silences);

  std::string status = report.all_well ? status_line(metrics_, format_()) : last_status_;
  for (const std::string& error : report.errors) {
    log_->error("{}{}", error, is_watched_ ? "; if this persists, the systemd watchdog restarts the service" : "");
    status = error;
  }
  for (const std::string& note : report.notes) log_->info("{}", note);

  if (is_watched_ && report.all_well) notify_systemd("WATCHDOG=1");
  if (status == last_status_) return;
  last_status_ = status;
  notify_systemd("STATUS=" + status);
}

}  // namespace cs
